const MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const BYTES: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** A length of time as people write it: a number and its unit; 0 needs none. */
export const DURATION: RegExp = /^(?:0|(\d+(?:\.\d+)?)(ms|s|m|h|d))$/;
/** A size as people write it: a number, and `K`, `M` or `G` for powers of 1024. */
export const SIZE: RegExp = /^(\d+(?:\.\d+)?)([KMG]?)i?[Bb]?$/;

/** Whole milliseconds of a text that matches {@link DURATION}. */
export function durationMs(text: string): number {
  if (text === "0") return 0;
  const [, count = "", unit = ""] = DURATION.exec(text) ?? [];
  return Math.round(Number(count) * (MS[unit] ?? Number.NaN));
}

/** A length of time in the largest unit that tells it exactly. */
export function durationText(ms: number): string {
  return inLargest(ms, MS) ?? `${ms}ms`;
}

/** Whole bytes of a number, or of a text that matches {@link SIZE}. */
export function sizeBytes(size: string | number): number {
  if (typeof size === "number") return size;
  const [, count = "", unit = ""] = SIZE.exec(size) ?? [];
  return Math.round(Number(count) * (BYTES[unit] ?? Number.NaN));
}

/** A size in the largest unit that tells it exactly. */
export function sizeText(bytes: number): string {
  return inLargest(bytes, BYTES) ?? String(bytes);
}

function inLargest(value: number, units: Readonly<Record<string, number>>): string | undefined {
  if (value === 0) return undefined;
  const [unit, one] =
    Object.entries(units).findLast(([, size]) => Number.isInteger(value / size)) ?? [];
  return unit === undefined || one === undefined ? undefined : `${value / one}${unit}`;
}
