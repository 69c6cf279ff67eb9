import type { ActionStep } from "@tetra/tts-core/saga";

/**
 * A step as it will be run, whole: lines in words are cut, and leave folder and variables out, so that what
 * matters could stand where nobody sees it. What a terminal obeys, or does not show, is escaped.
 */
export function inFull({ name, data, compensate }: ActionStep): readonly string[] {
  const undo = compensate === undefined ? [] : [`  undone by ${escaped(compensate.data)}`];
  return [`  ${name}: ${escaped(data)}`, ...undo];
}

/** Controls, what turns writing round or has no width, and spaces that look like others. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Z}]/gu;

function escaped(data: unknown): string {
  return JSON.stringify(data ?? null).replaceAll(UNSEEN, (character) =>
    character === " " ? character : unicodeEscapes(character),
  );
}

function unicodeEscapes(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16).padStart(4, "0");
    return String.raw`\u${unit}`;
  }).join("");
}
