import type { Argument, Option, Options } from "@tetra/cli-kit";
import type { TtmCommand } from "./app.ts";
import { LIFECYCLE, TES } from "./groups.ts";

const symbol: Argument = {
  name: "symbol",
  required: true,
  complete: { type: "ask", topic: "symbols" },
};

const LEVELS = "symbol address channel connector handle locator binding plan".split(" ");
const level: Option = {
  value: "LEVEL",
  summary: "how far: a name, or 0 (symbol) to 7 (plan)",
  complete: { type: "words", words: LEVELS },
};
const path: Option = {
  value: "PATH",
  summary: "where on the endpoint; ~/ is the home of who acts",
};
const transferOptions: Options = {
  description: { value: "TEXT", summary: "what the transaction is called" },
  agent: { value: "NAME", summary: "who carries it out (default: human)" },
};

/** The symbol that may be changed, said before. */
export const confirm: Option = {
  value: "SYMBOL",
  summary: "change this protected environment without being asked",
  complete: { type: "ask", topic: "symbols" },
};

/** Where a person approved it. */
export const approval: Option = {
  value: "ID",
  summary: "an open transaction in which this environment was approved",
  complete: { type: "ask", topic: "transactions" },
};

/** The subcommands that deal with endpoints. */
export const ENDPOINT_COMMANDS: readonly TtmCommand[] = [
  {
    name: "push",
    group: LIFECYCLE,
    summary: "put a file or folder on an endpoint, as a transaction",
    arguments: [
      { name: "file", required: true, complete: { type: "files" } },
      { name: "@symbol:path", required: true, complete: { type: "ask", topic: "symbols" } },
    ],
    options: {
      parents: { short: "p", summary: "make the folders that are missing there (files only)" },
      ...transferOptions,
      confirm,
      approval,
    },
    details: [
      "What was there stays whole until the new is there whole. The digests of both sides are compared",
      "and kept; when they differ the transaction fails. A path that ends in / means: in that folder.",
      "~/ and relative paths are below the home of who acts there.",
    ],
    examples: ["push app.tar.gz @staging:~/app/", "push site @prod:/srv/site --confirm @prod"],
    load: () => import("./commands/push.ts"),
  },
  {
    name: "pull",
    group: LIFECYCLE,
    summary: "fetch a file or folder from an endpoint, as a transaction",
    arguments: [
      { name: "@symbol:path", required: true, complete: { type: "ask", topic: "symbols" } },
      { name: "file", complete: { type: "files" } },
    ],
    options: transferOptions,
    details: [
      "Without a file, into the current folder. A file that is there is replaced when the new one is",
      "there whole and the digests of both sides agree; a folder must not be there yet.",
    ],
    examples: ["pull @staging:~/app/config.toml", "pull @staging:/var/log/app logs"],
    load: () => import("./commands/pull.ts"),
  },
  {
    name: "approve",
    group: LIFECYCLE,
    summary: "allow what a saga waits for, or changes of a protected environment",
    arguments: [
      { name: "id|@symbol", complete: { type: "ask", topic: "approvable" } },
      { name: "step|id", complete: { type: "ask", topic: "steps-or-ids" } },
    ],
    options: { why: { value: "TEXT", summary: "the reason, kept in the log" }, confirm },
    details: [
      "With an id, or none: the saga goes on behind its approval step. A step is named only when the",
      "saga waits for several approvals. Who allowed it and why is kept in the log.",
      "With a symbol: run, push, do and saga run are then not asked; who is told the id passes it on",
      "with --approval. It ends with the transaction. On a terminal the symbol has to be typed;",
      "elsewhere --confirm names it.",
    ],
    examples: [
      'approve release-20260131T093000 --why "tests are green"',
      "approve @prod release-window --why CAB-12",
      'run "restart" @prod --approval release-window -- ./restart.sh',
    ],
    load: () => import("./commands/approve.ts"),
  },
  {
    name: "do",
    group: LIFECYCLE,
    summary: "carry out an action that actions.json declares, as a transaction",
    arguments: [{ name: "action", complete: { type: "ask", topic: "actions" } }],
    behind: "INPUT...",
    options: {
      list: { summary: "list the actions with their signatures" },
      agent: { value: "NAME", summary: "who carries it out (default: human)" },
      confirm,
      approval,
    },
    details: [
      "The level that the action requires must really be reached: from handle on, the connection is",
      "tested first. Inputs are given behind --.",
    ],
    examples: ["do --list", "do deploy:staging -- app.tar.gz"],
    load: () => import("./commands/do.ts"),
  },
  {
    name: "tes resolve",
    group: TES,
    summary: "resolve a symbol to one of the eight levels; connects to nothing",
    arguments: [symbol],
    behind: "COMMAND...",
    options: {
      level: { ...level, summary: `${level.summary} (default: connector; with what to do, plan)` },
      path,
      op: {
        value: "OPERATION",
        summary: "read (default), write, append, delete or execute",
        complete: { type: "words", words: ["read", "write", "append", "delete", "execute"] },
      },
    },
    details: ["A plan is printed as a sentence; with --json its argument vector is there too."],
    examples: [
      "tes resolve @staging",
      "tes resolve @staging --level locator --path ~/app/config",
      "tes resolve @staging --path ~/app -- ./restart.sh",
    ],
    load: () => import("./commands/tes-resolve.ts"),
  },
  {
    name: "tes explain",
    group: TES,
    summary: "show the ladder of a symbol, and the file and line behind every value",
    arguments: [symbol],
    options: {
      level: { ...level, summary: `${level.summary} (default: handle; with a path, plan)` },
      path,
    },
    details: ["Where it stops it says why; the exit status is then that error's."],
    examples: ["tes explain @staging", "tes explain @staging --path ~/app/config"],
    load: () => import("./commands/tes-explain.ts"),
  },
  {
    name: "tes list",
    group: TES,
    summary: "list the symbols that are known, and where from",
    load: () => import("./commands/tes-list.ts"),
  },
  {
    name: "tes ping",
    group: TES,
    summary: "connect to an endpoint (level 4) and measure",
    arguments: [symbol],
    options: { cached: { summary: "a test that still counts (300 s) is enough" } },
    details: ["Exit status 1 when it cannot be reached."],
    examples: ["tes ping @staging"],
    load: () => import("./commands/tes-ping.ts"),
  },
  {
    name: "tes check",
    group: TES,
    summary: "look for what is wrong in the files that describe endpoints",
    arguments: [{ name: "file", repeats: true, complete: { type: "files" } }],
    details: [
      "Without files, those that are used: topology.json and every tetra.toml. Names file, line and",
      "key. Exit status 65 when there is an error; warnings are none.",
    ],
    examples: ["tes check", "tes check orgs/acme/tetra.toml"],
    load: () => import("./commands/tes-check.ts"),
  },
];
