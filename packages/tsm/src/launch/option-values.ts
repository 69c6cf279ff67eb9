import { TetraError } from "@tetra/errors";
import { DURATION, durationMs, SIZE, sizeBytes } from "../definitions/quantities.ts";
import { portFrom } from "./discover-port.ts";
import type { LaunchErrorCode } from "./errors.ts";

/** The error for an option that cannot be used: which, and what would be right. */
export function invalidOption(
  option: string,
  value: unknown,
  hint: string,
): TetraError<LaunchErrorCode> {
  return new TetraError("INVALID_OPTION", `${option}: ${JSON.stringify(value)} cannot be used`, {
    hint,
    details: { option, value },
  });
}

/** Milliseconds of a number, or of a text with its unit. @throws TetraError `INVALID_OPTION` */
export function durationOption(option: string, value: string | number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === "string" && DURATION.test(value)) return durationMs(value);
  throw invalidOption(option, value, "write a time with its unit: 200ms, 1.5s, 10m, 2h");
}

/** Bytes of a number, or of a text. @throws TetraError `INVALID_OPTION` */
export function sizeOption(option: string, value: string | number): number {
  const bytes = typeof value === "number" || SIZE.test(value) ? sizeBytes(value) : 0;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw invalidOption(option, value, "write a size: 300M, 1.5G, 800000K");
}

/** A whole number that is large enough. @throws TetraError `INVALID_OPTION` */
export function countOption(option: string, value: string | number, least: number): number {
  const count = typeof value === "number" || /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw invalidOption(option, value, `write a whole number from ${least}`);
}

/** A port, or `none`. @throws TetraError `INVALID_OPTION` */
export function portOption(option: string, value: string | number): number | "none" {
  if (value === "none") return "none";
  const port = portFrom(String(value));
  if (port !== undefined) return port;
  throw invalidOption(option, value, "use a port from 1 to 65535, or none");
}

/** One of some words. @throws TetraError `INVALID_OPTION` */
export function wordOption<Word extends string>(
  option: string,
  value: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw invalidOption(option, value, `use ${words.join(", ")}`);
}
