import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "@tetra/tts-core";
import type { Completion } from "./decide-flow.ts";

/** What the words behind `flow_complete` ask for. */
export interface CompletionRequest {
  /** Absent: the active flow. */
  readonly id?: string;
  readonly completion: Completion;
}

type OptionName = "outcome" | "lesson" | "artifact" | "tag" | "effort";

const NAMES: ReadonlyMap<string, OptionName> = new Map([
  ["--outcome", "outcome"],
  ["-o", "outcome"],
  ["--lesson", "lesson"],
  ["-l", "lesson"],
  ["--artifact", "artifact"],
  ["-a", "artifact"],
  ["--tag", "tag"],
  ["-t", "tag"],
  ["--effort", "effort"],
  ["-e", "effort"],
]);

/**
 * Reads `[id] [--outcome|-o X] [--lesson|-l T] [--artifact|-a P] [--tag|-t T] [--effort|-e MIN]`, in any order;
 * `--` ends the options. The first word that is none is the id; unknown options and further words are ignored.
 * @throws TetraError `INVALID_INPUT` when an option lacks its value, or the effort is no whole number.
 */
export function parseCompletion(words: readonly string[]): CompletionRequest {
  const values: Record<OptionName, string[]> = {
    outcome: [],
    lesson: [],
    artifact: [],
    tag: [],
    effort: [],
  };
  let id: string | undefined;
  let options = true;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (options && word === "--") {
      options = false;
      continue;
    }
    if (!options || !/^-./.test(word)) {
      id ??= word;
      continue;
    }
    const [, flag = word, joined] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const name = NAMES.get(flag);
    if (name === undefined) continue;
    const value = joined ?? words[at + 1];
    if (value === undefined) throw refused(`${flag} needs a value`, `give it behind ${flag}`);
    if (joined === undefined) at += 1;
    values[name].push(value);
  }
  const outcome = values.outcome.at(-1);
  const effort = values.effort.at(-1);
  return {
    ...(id === undefined || id === "" ? {} : { id }),
    completion: {
      ...(outcome === undefined ? {} : { outcome }),
      lessons: values.lesson,
      artifacts: values.artifact,
      tags: values.tag,
      ...(effort === undefined ? {} : { effortMinutes: minutes(effort) }),
    },
  };
}

function minutes(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw refused(
    `${JSON.stringify(text)} is no effort`,
    "give the effort as whole minutes, such as 30",
  );
}

function refused(message: string, hint: string): TetraError<TtsErrorCode> {
  return new TetraError("INVALID_INPUT", message, { hint });
}
