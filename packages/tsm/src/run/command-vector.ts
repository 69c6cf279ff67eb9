/** Letters, digits and signs that no shell gives a meaning to, and blanks. */
const PLAIN = /^[\p{L}\p{N}_./:@%+, =-]*$/u;
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

/**
 * What is run: a vector as it is; one string by its words, or under `sh -c` when it has shell syntax
 * (quotes, variables, redirections, `NAME=value` in front …).
 */
export function commandVector(command: string | readonly string[]): readonly string[] {
  if (typeof command !== "string") return command;
  const text = command.trim();
  if (!PLAIN.test(text) || ASSIGNMENT.test(text)) return ["/bin/sh", "-c", command];
  return text === "" ? [] : text.split(/ +/);
}

/** A vector as one line for people; what needs it is quoted as a shell would want it. */
export function showCommand(argv: readonly string[]): string {
  return argv
    .map((word) =>
      word !== "" && PLAIN.test(word) && !word.includes(" ")
        ? word
        : `'${word.replaceAll("'", String.raw`'\''`)}'`,
    )
    .join(" ");
}
