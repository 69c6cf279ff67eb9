import { type Arguments, usageError } from "@tetra/cli-kit";
import { readText } from "./load-saga.ts";

/**
 * What `--var NAME=VALUE` and `--var-file FILE` (lines `NAME=VALUE`, `#` for remarks) give; the flags win.
 * @throws TetraError `USAGE`, `NOT_FOUND`, `IO`
 */
export function variablesGiven(args: Arguments): Readonly<Record<string, string>> {
  const lines = args.values("var-file").flatMap((file) =>
    readText(file)
      .split("\n")
      .map((line, at) => ({ text: line.trim(), where: `${file}:${at + 1}` }))
      .filter(({ text }) => text !== "" && !text.startsWith("#")),
  );
  const flags = args.values("var").map((text) => ({ text, where: "--var" }));
  return Object.fromEntries([...lines, ...flags].map(pair));
}

function pair({ text, where }: { text: string; where: string }): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1)];
  throw usageError(
    `${where}: ${JSON.stringify(text)} gives no variable a value`,
    "write NAME=VALUE, for example version=2.1.0",
  );
}
