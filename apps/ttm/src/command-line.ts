import type { Argument, CommandLine, Option } from "@tetra/cli-kit";
import type { App, TtmCommand } from "./app.ts";
import { approval, confirm, ENDPOINT_COMMANDS } from "./endpoint-commands.ts";
import { FLOW_COMMANDS } from "./flow-commands.ts";
import { CARE, LIFECYCLE, QUERY, TES } from "./groups.ts";
import { SAGA_COMMANDS } from "./saga-commands.ts";
import { TWO_PHASE_COMMANDS } from "./two-phase-commands.ts";

// What help and completion know of every command. The code of each is loaded when it is called.

const CONTEXT = "Context Management";
const OTHER = "Other";

const id: Argument = { name: "id", complete: { type: "ask", topic: "transactions" } };
const stage: Argument = { name: "stage", complete: { type: "ask", topic: "stages" } };
const target: Argument = { name: "target", complete: { type: "ask", topic: "targets" } };

const olderThan: Option = { value: "AGE", summary: "only those unchanged this long: 30d, 12h, 2w" };
const onlyStage: Option = {
  value: "STAGE",
  repeats: true,
  summary: "only those in this final stage",
  complete: { type: "ask", topic: "stages" },
};
const dryRun: Option = { summary: "only say which" };

const COMMANDS: readonly TtmCommand[] = [
  {
    name: "init",
    group: LIFECYCLE,
    summary: "make the folders (create does it by itself)",
    load: () => import("./commands/init.ts"),
  },
  {
    name: "create",
    group: LIFECYCLE,
    summary: "begin a transaction, make it active, print its id",
    arguments: [{ name: "description", required: true }, target, { name: "agent" }],
    details: ["The target is @local and the agent human, unless they are given."],
    examples: ['create "deploy api v2.1.0" @staging', 'create "rotate keys" @prod cron'],
    load: () => import("./commands/create.ts"),
  },
  {
    name: "transition",
    group: LIFECYCLE,
    summary: "move a transaction to another stage",
    arguments: [{ ...stage, required: true }, id],
    details: [
      "Stages: NEW, SELECT, ASSEMBLE, EXECUTE, VALIDATE; DONE and FAIL are final. Skipping forward is",
      "fine; going back to an earlier stage begins another iteration.",
    ],
    examples: ["transition SELECT", "transition EXECUTE deploy-api"],
    load: () => import("./commands/transition.ts"),
  },
  {
    name: "commit",
    group: LIFECYCLE,
    summary: "end a transaction as a success",
    arguments: [id],
    load: () => import("./commands/commit.ts"),
  },
  {
    name: "fail",
    group: LIFECYCLE,
    summary: "end a transaction as a failure",
    arguments: [id, { name: "error" }],
    details: [
      "A single argument is the id if a transaction has exactly that id; otherwise it is the error,",
      "and the active transaction is meant.",
    ],
    examples: ['fail "health check failed"', 'fail deploy-api "disk full"'],
    load: () => import("./commands/fail.ts"),
  },
  {
    name: "update",
    group: LIFECYCLE,
    summary: "set fields of a transaction's state",
    arguments: [id, { name: "json" }],
    details: ["The JSON is an object. Given alone, it is for the active transaction."],
    examples: [`update '{"ticket": "OPS-7"}'`, `update deploy-api '{"target": "@prod"}'`],
    load: () => import("./commands/update.ts"),
  },
  {
    name: "run",
    group: LIFECYCLE,
    summary: "carry a command out as a whole transaction",
    arguments: [{ name: "description", required: true }, target],
    behind: "COMMAND...",
    options: {
      ctx: {
        short: "c",
        value: "FILE",
        repeats: true,
        summary: "add this file or folder as evidence first",
        complete: { type: "files" },
      },
      validate: {
        value: "COMMAND",
        summary: "shell command whose success decides between commit and fail",
      },
      agent: { value: "NAME", summary: "who carries it out (default: human)" },
      timeout: { value: "TIME", summary: "stop it after this time: 30s, 5m, 1h" },
      confirm,
      approval,
    },
    details: [
      "What the command prints is shown and kept in artifacts/stdout.log and artifacts/stderr.log.",
      "It gets TTM_TXN_ID, TTM_TXN_DIR, and the evidence as e1, e2 ... e_count in its environment.",
      "With another target it is executed there, without these and without standard input; the",
      "validation is always run here. A protected environment (@prod) is asked about, or needs --confirm or --approval.",
      "The transaction fails when the command does. Ctrl-C stops the command; once more kills it.",
      "A target alone will do: the command is then the description.",
      "Exit status: the command's; of a failed validation, the validation's.",
    ],
    examples: [
      'run "back up the database" -- pg_dump -f /srv/backup.sql app',
      'run "restart" @staging --timeout 1m -- systemctl --user restart app',
      'run "deploy" --ctx app.tar.gz --validate "curl -fsS localhost:8080/health" -- ./deploy.sh',
    ],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "add",
    group: CONTEXT,
    summary: "add a file or folder as evidence",
    arguments: [
      { name: "file", required: true, complete: { type: "files" } },
      { name: "description", required: true },
      id,
    ],
    examples: ["add build/app.tar.gz artifact", "add config/prod.toml config deploy-api"],
    load: () => import("./commands/add.ts"),
  },
  {
    name: "list-ctx",
    group: CONTEXT,
    summary: "list the context files",
    arguments: [id],
    load: () => import("./commands/list-ctx.ts"),
  },
  {
    name: "init-vars",
    group: CONTEXT,
    summary: "show the evidence as variables $e1, $e2 ...",
    arguments: [id],
    options: { export: { summary: "print assignments for a shell to eval" } },
    examples: ["init-vars", 'init-vars --export   # eval "$(ttm init-vars --export)"'],
    load: () => import("./commands/init-vars.ts"),
  },
  {
    name: "digest",
    group: CONTEXT,
    summary: "compute the digest of the context, and note it in the state",
    arguments: [id],
    load: () => import("./commands/digest.ts"),
  },
  {
    name: "active",
    group: QUERY,
    summary: "print the active transaction's id, or make one active",
    arguments: [id],
    load: () => import("./commands/active.ts"),
  },
  {
    name: "list",
    group: QUERY,
    summary: "list transactions, newest first",
    arguments: [stage],
    options: { fresh: { summary: "trust no index: read every transaction" } },
    examples: ["list", "list EXECUTE", "list --json | jq '.[].txn_id'"],
    load: () => import("./commands/list.ts"),
  },
  {
    name: "status",
    group: QUERY,
    summary: "show a transaction: stages, evidence, last events",
    arguments: [id],
    load: () => import("./commands/status.ts"),
  },
  {
    name: "state",
    group: QUERY,
    summary: "print a transaction's state as JSON",
    arguments: [id],
    load: () => import("./commands/state.ts"),
  },
  {
    name: "events",
    group: QUERY,
    summary: "print the lines of a transaction's log",
    arguments: [id, { name: "type", complete: { type: "ask", topic: "events" } }],
    options: { follow: { short: "f", summary: "go on with each new line as it comes" } },
    details: [
      'Exit status 1 when there is no event of that type. An empty id ("") is the active one.',
    ],
    examples: ["events", "events deploy-api stage_transition", "events -f"],
    load: () => import("./commands/events.ts"),
  },
  {
    name: "watch",
    group: QUERY,
    summary: "tell what happens in a transaction until it has ended",
    arguments: [id],
    details: ["Exit status 0 when it ended in success, 1 when it failed."],
    load: () => import("./commands/watch.ts"),
  },
  {
    name: "dir",
    group: QUERY,
    summary: "print a transaction's folder",
    arguments: [id],
    examples: ['dir   # cd "$(ttm dir)"'],
    load: () => import("./commands/dir.ts"),
  },
  {
    name: "resolve",
    group: TES,
    summary: "resolve a transaction's target to where it leads",
    arguments: [id],
    load: () => import("./commands/resolve.ts"),
  },
  {
    name: "connector",
    group: TES,
    summary: "print the topology's entry of a target",
    arguments: [{ ...target, required: true }],
    details: [
      "Prints nothing when there is none. Entries are in topology.json; without it, built in.",
    ],
    examples: ["connector @staging"],
    load: () => import("./commands/connector.ts"),
  },
  ...ENDPOINT_COMMANDS,
  ...SAGA_COMMANDS,
  ...TWO_PHASE_COMMANDS,
  ...FLOW_COMMANDS,
  {
    name: "recover",
    group: CARE,
    summary: "put right what crashes left, carry on interrupted sagas, and say so",
    options: {
      actions: {
        value: "MODULE",
        summary: "a .ts or .js file that exports the actions of sagas",
        complete: { type: "files" },
      },
    },
    details: ["Two-phase commits that are open are named; ttm 2pc recover settles them."],
    load: () => import("./commands/recover.ts"),
  },
  {
    name: "doctor",
    group: CARE,
    summary: "look for what is wrong, changing nothing",
    details: ["Exit status 1 when there is a problem."],
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "archive",
    group: CARE,
    summary: "pack finished transactions into archives",
    options: {
      "older-than": { ...olderThan, summary: `${olderThan.summary} (default: 30d)` },
      stage: onlyStage,
      "dry-run": dryRun,
      list: { summary: "list what is archived" },
      restore: {
        value: "ID",
        summary: "bring one back",
        complete: { type: "ask", topic: "archives" },
      },
    },
    examples: [
      "archive --older-than 30d --stage DONE",
      "archive --restore deploy-api-20260131T093000",
    ],
    load: () => import("./commands/archive.ts"),
  },
  {
    name: "prune",
    group: CARE,
    summary: "remove finished transactions and archives, keeping their logs packed",
    options: {
      "older-than": { ...olderThan, summary: `${olderThan.summary} (default: 365d)` },
      stage: onlyStage,
      "dry-run": dryRun,
    },
    load: () => import("./commands/prune.ts"),
  },
  {
    name: "mcp",
    group: OTHER,
    summary: "serve AI agents over standard input and output (Model Context Protocol)",
    options: {
      mode: {
        value: "MODE",
        summary:
          "read: agents only look (the default); operate: they open transactions and run steps",
        complete: { type: "words", words: ["read", "operate"] },
      },
      policy: {
        value: "FILE",
        summary: "what agents may do, in place of $TETRA_DIR/config/agents.json",
        complete: { type: "files" },
      },
    },
    details: [
      "Started by the agent's program, which talks to it over pipes; it ends with its input. Without a",
      "policy agents may propose steps, and run none. A person approves with ttm saga approve and",
      "ttm approve. What was called is in logs/agents.ndjson.",
    ],
    examples: ["mcp", "mcp --mode operate --policy ~/agents.json"],
    load: () => import("./commands/mcp.ts"),
  },
  {
    name: "shell-init",
    group: OTHER,
    summary: "print what defines the shell functions of bash and zsh",
    examples: ['shell-init   # eval "$(ttm shell-init)"'],
    load: () => import("./commands/shell-init.ts"),
  },
  {
    name: "shell-path",
    group: OTHER,
    summary: "print the folder of the files to source",
    details: ["ttm.sh for transactions, tsm.sh for services, flow_manager_ttm.sh for RAG flows."],
    examples: ['shell-path   # source "$(ttm shell-path)/ttm.sh"'],
    load: () => import("./commands/shell-path.ts"),
  },
  {
    name: "completion",
    group: OTHER,
    summary: "print the completion script of a shell",
    arguments: [
      {
        name: "shell",
        required: true,
        complete: { type: "words", words: ["bash", "zsh", "fish"] },
      },
    ],
    examples: ['completion bash   # eval "$(ttm completion bash)"'],
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "help",
    aliases: ["h"],
    group: OTHER,
    summary: "show every command, or one in detail",
    arguments: [{ name: "command", complete: { type: "ask", topic: "commands" } }],
    load: () => Promise.reject(new Error("help is answered before any command is loaded")),
  },
  {
    name: "version",
    group: OTHER,
    summary: "print the version",
    details: ["So does ttm --version."],
    load: () => import("./commands/version.ts"),
  },
];

/** The command line of this program. */
export const COMMAND_LINE: CommandLine<App> = {
  program: "ttm",
  summary: "transactions for changes to running systems",
  commands: COMMANDS,
  options: {
    json: { summary: "print JSON, errors too" },
    dir: {
      value: "PATH",
      summary: "the data root, in place of TETRA_DIR",
      complete: { type: "files" },
    },
    module: { value: "NAME", summary: "work on the transactions of this module" },
  },
  notes: [
    "",
    "An id may be shortened to any prefix that fits one transaction; without an id the active",
    "transaction is meant. Put -- in front of an argument that begins with a dash.",
    "",
    "Environment: TETRA_DIR (data root), TTM_DIR ($TETRA_DIR/ttm), TTM_TXNS_DIR ($TTM_DIR/txns),",
    "             NO_COLOR, FORCE_COLOR.",
    "Exit status: 0 done, 1 failure, 2 conflict or illegal move, 3 somebody has to look after it,",
    "             64 usage, 65 bad data, 66 not found, 75 it is left open, to be carried on.",
  ],
  examples: [
    'create "deploy api v2.1.0" @staging',
    "add app.tar.gz artifact",
    "transition EXECUTE",
    "commit",
    'run "back up" -- tar -cf /srv/backup.tar /srv/data',
  ],
};
