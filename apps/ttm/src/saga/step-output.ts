import type { Masker } from "@tetra/tts-core/saga";
import { maskStream } from "./mask-stream.ts";
import { keepWhilePossible } from "../run/keep-while-possible.ts";
import { stepLog, type StepLogOptions } from "./step-log.ts";

/** What a step prints, on its way to the person and into the artifacts. */
export interface StepOutput {
  /** Takes what the step prints, as it comes. */
  readonly take: (bytes: Uint8Array) => void;
  /** Ends it. */
  readonly close: () => void;
  /** The end of it as text, without space around it. */
  readonly tail: (mostBytes: number) => string;
  /** The last line that is not empty, secrets masked. */
  readonly lastLine: () => string;
  /** The artifact that has all of it; absent when nothing was printed. */
  readonly file: () => string | undefined;
}

/** What keeps secrets out of what is shown. */
export interface Secrets {
  readonly masker: () => Masker;
  readonly longest: () => number;
}

/** Where a step's output goes. */
export interface StepOutputParts extends StepLogOptions {
  readonly artifacts: string;
  readonly secrets: Secrets;
  /** Told of each line as it is whole, secrets masked, without its end. */
  readonly onLine: (line: string) => void;
}

/** How much of the end is remembered. */
const REMEMBERED = 64 * 1024;
/** A line that is longer is shown in pieces. */
const LONGEST_SHOWN = 64 * 1024;

/** Masks what a step prints, keeps it, and gives it on line by line. */
export function stepOutput(parts: StepOutputParts): StepOutput {
  const { artifacts, secrets, onLine, ...which } = parts;
  const log = stepLog(artifacts, which);
  const keep = keepWhilePossible(log, (why) => onLine(`(not kept from here on: ${why})`));
  const masks = maskStream(secrets.masker, secrets.longest);
  let remembered = Buffer.alloc(0);
  let line = Buffer.alloc(0);
  let isWritten = false;

  function pass(bytes: Uint8Array): void {
    keep(bytes);
    remembered = Buffer.concat([remembered, bytes]).subarray(-REMEMBERED);
    line = Buffer.concat([line, bytes]);
    let start = 0;
    for (let end = line.indexOf(10); end !== -1; end = line.indexOf(10, start)) {
      onLine(line.toString("utf8", start, end));
      start = end + 1;
    }
    line = line.subarray(start);
    if (line.length > LONGEST_SHOWN) flushLine();
  }

  function flushLine(): void {
    if (line.length > 0) onLine(line.toString("utf8"));
    line = Buffer.alloc(0);
  }

  return {
    take: (bytes) => pass(secrets.longest() === 0 ? bytes : masks.put(bytes)),
    close() {
      pass(masks.end());
      flushLine();
      isWritten = log.close();
    },
    tail: (mostBytes) => textOf(remembered.subarray(-mostBytes)).trim(),
    lastLine: () => textOf(remembered).trimEnd().split("\n").at(-1)?.trim() ?? "",
    file: () => (isWritten ? log.name : undefined),
  };
}

/** Without the half of a letter that it may begin with. */
function textOf(bytes: Buffer): string {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString("utf8", start);
}
