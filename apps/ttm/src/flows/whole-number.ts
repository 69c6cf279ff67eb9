import { usageError } from "@tetra/cli-kit";

/** The number that an option was given, if it was. @throws TetraError `USAGE` */
export function wholeNumber(text: unknown, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (typeof text === "string" && /^[0-9]{1,12}$/.test(text)) return Number(text);
  throw usageError(
    `${option}: ${JSON.stringify(text)} is no whole number`,
    "give one such as 20000",
  );
}
