import { appendFileSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { runHelper } from "../../../src/shell/helper.ts";
import type { ShellAnswer, ShellFunctions } from "../../../src/shell/shell-call.ts";

// The helper with functions that misbehave as tests want it.

function said(stdout: string, more: Partial<ShellAnswer> = {}): ShellAnswer {
  return { status: 0, stderr: "", ...more, stdout };
}

const functions: ShellFunctions = {
  /** `say TEXT [ERRORS] [STATUS]` */
  say: async ({ args: [text = "", stderr = "", status = "0"] }) =>
    said(text, { stderr, status: Number(status) }),
  /** `pid` of this process */
  pid: async () => said(`${process.pid}\n`),
  /** `facts`: what came with the call, as JSON */
  facts: async ({ args, cwd, env, umask }) =>
    said(`${JSON.stringify({ args, cwd, env, umask: umask.toString(8) })}\n`),
  /** `bytes COUNT`: so many, some of which are parts of a character */
  bytes: async ({ args: [count = "0"] }) => said("ä€𝄞x".repeat(Number(count) / 10)),
  /** `until FILE TEXT NOTE`: notes that it was called, answers when the file is there, or the test over */
  async until({ args: [file = "", text = "", note = ""] }) {
    if (note !== "") appendFileSync(note, `${process.pid}\n`);
    while (!existsSync(file) && existsSync(dirname(file))) await setTimeout(5);
    return said(text);
  },
  /** `assign NAME VALUE ...`; without a value the last is unset */
  async assign({ args }) {
    const names = args.filter((_, at) => at % 2 === 0);
    return said("", {
      variables: Object.fromEntries(names.map((name, at) => [name, args[at * 2 + 1]])),
    });
  },
  /** `publish EVENT ID DATA` twice */
  publish: async ({ args: [event = "", id = "", data = ""] }) =>
    said(`${id}\n`, {
      published: [
        [event, id, data],
        [event, id, `${data} again`],
      ],
    }),
  /** `throw` */
  throw: () => Promise.reject(new Error("thrown on purpose")),
};

const known = {
  find: async (name: string) => (Object.hasOwn(functions, name) ? functions[name] : undefined),
  close: async () => {},
};
runHelper(process.argv.slice(2), known).then(
  () => process.exit(),
  () => process.exit(1),
);
