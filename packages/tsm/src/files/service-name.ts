import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";

/** `<name>.pid` must fit into the 255 bytes of a file's name. */
const MOST_BYTES = 200;

/** What a name must not be, and why. The first that fits is told. */
const REFUSED: readonly (readonly [refused: RegExp, why: string])[] = [
  [/^$/, "is empty"],
  [/\//, "has a slash: it is the name of a folder"],
  [/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, "has control or invisible characters"],
  [/^\s|\s$/u, "begins or ends with a blank"],
  [/^[.-]/, "begins with a dot or dash"],
  [/^\*$/, "means all services"],
  [/^[0-9]+$/, "could not be told from an id or a port"],
  [/\.meta$/, "could not be told from a file of older tools"],
];

/**
 * Returns the name if it can be that of a service: any text that can be a folder's name and be typed.
 * @throws TetraError `INVALID_SERVICE`
 */
export function checkServiceName(name: string): string {
  const why = whyRefused(name);
  if (why === undefined) return name;
  throw new TetraError<TsmErrorCode>("INVALID_SERVICE", `service ${JSON.stringify(name)}: ${why}`, {
    hint: "give it another name",
    details: { name },
  });
}

/** Whether a name that was found or asked for could be that of a service. */
export function isServiceName(name: string): boolean {
  return whyRefused(name) === undefined;
}

function whyRefused(name: string): string | undefined {
  const [, why] = REFUSED.find(([refused]) => refused.test(name)) ?? [];
  if (why !== undefined) return why;
  return Buffer.byteLength(name) > MOST_BYTES ? `is longer than ${MOST_BYTES} bytes` : undefined;
}
