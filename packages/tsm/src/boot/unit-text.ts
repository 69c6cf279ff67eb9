import { TetraError } from "@tetra/errors";
import type { BootErrorCode } from "./errors.ts";

// What systemd.syntax(7), systemd.service(5) and systemd.exec(5) say of quoting, for systemd 240 and later.
// Inside double quotes a backslash and a quote are escaped; `%` begins a specifier everywhere; `$` a
// variable, but in the arguments of commands only.

/** A part of a unit: a heading and its settings, in order. */
export interface UnitSection {
  readonly heading: "Unit" | "Service" | "Install";
  /** Name and value; a value stands as it is: it was quoted if need be. */
  readonly settings: readonly (readonly [name: string, value: string])[];
}

/** The text of a unit file. */
export function unitText(comment: string, sections: readonly UnitSection[]): string {
  const texts = sections.map(({ heading, settings }) =>
    [`[${heading}]`, ...settings.map(([name, value]) => `${name}=${value}`), ""].join("\n"),
  );
  return [`# ${refuseControls(comment)}`, "", ...texts].join("\n");
}

/** One word of a list, quoted, such as a path or an assignment in `Environment=`. @throws TetraError `UNIT_TEXT` */
export function quoteWord(text: string): string {
  const escaped = withoutSpecifiers(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `"${escaped}"`;
}

/** A value that systemd takes to the end of the line, such as `Description=`. @throws TetraError `UNIT_TEXT` */
export function quoteLine(text: string): string {
  return withoutSpecifiers(text).replace(/^\s+|[\s\\]+$/gu, "");
}

/**
 * The value of `WorkingDirectory=`, or a path behind `append:`, which are not unquoted.
 * @throws TetraError `UNIT_TEXT` also for blanks at the end and a backslash there, which systemd drops.
 */
export function quotePath(path: string): string {
  if (/\s$|\\$/u.test(path)) throw cannotStand(path, "it ends in a blank or a backslash");
  return withoutSpecifiers(path);
}

/** Runs a program whose path systemd would not take as it is: it does not unescape `$` there. */
const RUN_BY_SHELL = ["/bin/sh", "-c", 'exec "$0" "$@"'];

/**
 * The value of `ExecStart=` that runs exactly this argument vector.
 * @param argv the program first: an absolute path
 * @throws TetraError `UNIT_TEXT`
 */
export function quoteCommand(argv: readonly string[]): string {
  const [program = ""] = argv;
  if (!program.startsWith("/")) throw cannotStand(program, "it is no absolute path of a program");
  const whole = program.includes("$") ? [...RUN_BY_SHELL, ...argv] : argv;
  return whole
    .map((word, index) => quoteWord(index === 0 ? word : word.replaceAll("$", "$$$$")))
    .join(" ");
}

function withoutSpecifiers(text: string): string {
  return refuseControls(text).replaceAll("%", "%%");
}

/** Control characters, and halves of characters, which no file could hold. */
const REFUSED = /[\p{Cc}\p{Cs}]/u;

function refuseControls(text: string): string {
  if (REFUSED.test(text))
    throw cannotStand(text, "it has a line break or another control character");
  return text;
}

function cannotStand(text: string, why: string): TetraError<BootErrorCode> {
  return new TetraError("UNIT_TEXT", `${JSON.stringify(text)} cannot stand in a unit: ${why}`, {
    hint: "rename it, or put it into a script that the service runs",
    details: { text },
  });
}
