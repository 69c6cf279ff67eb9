import type { Argument, Option } from "@tetra/cli-kit";
import type { TtmCommand } from "./app.ts";
import { approval, confirm } from "./endpoint-commands.ts";
import { CARE, QUERY, SAGAS } from "./groups.ts";
import { participants } from "./two-phase-commands.ts";

const id: Argument = { name: "id", complete: { type: "ask", topic: "sagas" } };
const step: Argument = { name: "step", complete: { type: "ask", topic: "steps" } };
const file: Argument = { name: "file", required: true, complete: { type: "files" } };

const actions: Option = {
  value: "MODULE",
  summary: "a .ts or .js file that exports actions, and perhaps sagas",
  complete: { type: "files" },
};
const why: Option = { value: "TEXT", summary: "the reason, kept in the log" };
const agent: Option = { value: "NAME", summary: "who carries it out (default: human)" };
const variable: Option = {
  value: "NAME=VALUE",
  repeats: true,
  summary: "the value of a variable",
};
const variableFile: Option = {
  value: "FILE",
  repeats: true,
  summary: "a file with a line NAME=VALUE for each variable",
  complete: { type: "files" },
};

const STATUS_LINE =
  "Exit status: 0 committed, 1 rolled back, 3 needs a person, 75 left open, to be carried on.";

const cancel: Omit<TtmCommand, "name"> = {
  group: SAGAS,
  summary: "have a saga undone",
  arguments: [id],
  options: { why },
  details: [
    "Whoever carries it on interrupts what is under way and undoes what was done. If nobody does,",
    "ttm saga rollback undoes it here. Past its pivot a saga goes forward only.",
  ],
  examples: ['cancel onboard-20260131T093000 --why "wrong customer"'],
  load: () => import("./commands/cancel.ts"),
};

const reject: Omit<TtmCommand, "name"> = {
  group: SAGAS,
  summary: "refuse what a saga waits for: what was done is undone",
  arguments: [id, step],
  options: { why },
  examples: ['reject onboard-20260131T093000 --why "no budget"'],
  load: () => import("./commands/reject.ts"),
};

const show: Omit<TtmCommand, "name"> = {
  group: QUERY,
  summary: "draw a saga's steps: state, attempts, durations",
  arguments: [id],
  options: { follow: { short: "f", summary: "go on until it has ended" } },
  details: [
    "Live on a terminal while it runs. A transaction that is no saga is shown as by status.",
    "With --follow and --json, the events are printed, one a line.",
  ],
  examples: ["show", "show onboard-20260131T093000 --follow"],
  load: () => import("./commands/show.ts"),
};

/** The subcommands that deal with sagas. */
export const SAGA_COMMANDS: readonly TtmCommand[] = [
  {
    name: "saga run",
    group: SAGAS,
    summary: "carry the steps of a file out, undoing them when one fails",
    arguments: [file],
    options: {
      var: variable,
      "var-file": variableFile,
      "dry-run": { summary: "call nothing: record the sequence, that is all" },
      detach: { summary: "only record it, and print its id: a worker carries it on" },
      actions,
      description: { value: "TEXT", summary: "what the transaction is called" },
      agent,
      target: {
        value: "@SYMBOL",
        summary: "where the commands of its steps run",
        complete: { type: "ask", topic: "symbols" },
      },
      confirm,
      approval,
    },
    details: [
      "The file is YAML, JSON, or a .ts or .js module that exports a saga and its actions.",
      "Commands run in the folder where the saga was started, each in a process group of its own, with",
      "TTM_TXN_ID, TTM_TXN_DIR, TTM_STEP, TTM_ATTEMPT and TTM_IDEMPOTENCY_KEY in the environment.",
      "What they print is kept in artifacts/steps/. Ctrl-C undoes what was done; once more stops at once.",
      "After a crash: ttm saga resume, ttm recover or a ttm worker carries it on.",
      STATUS_LINE,
    ],
    examples: [
      "saga run deploy.saga.yaml --var version=2.1.0",
      "saga run onboard.ts --var email=ada@example.org --detach",
    ],
    load: () => import("./commands/saga-run.ts"),
  },
  {
    name: "saga plan",
    group: SAGAS,
    summary: "say what a saga would do and undo",
    arguments: [file],
    options: {
      var: variable,
      "var-file": variableFile,
      mermaid: { summary: "as a graph, in Mermaid" },
    },
    examples: ["saga plan deploy.saga.yaml --var version=2.1.0", "saga plan deploy.ts --mermaid"],
    load: () => import("./commands/saga-plan.ts"),
  },
  {
    name: "saga list",
    group: SAGAS,
    summary: "list the sagas that are open",
    options: { all: { summary: "those that have ended as well" } },
    load: () => import("./commands/saga-list.ts"),
  },
  { ...show, name: "saga show", group: SAGAS, examples: ["saga show --follow"] },
  { ...cancel, name: "saga cancel", examples: ['saga cancel --why "wrong customer"'] },
  {
    name: "saga approve",
    group: SAGAS,
    summary: "allow what a saga waits for",
    arguments: [id, step],
    options: { why },
    details: ["A step is named only when it waits for several approvals."],
    examples: ['saga approve release-20260131T093000 --why "tests are green"'],
    load: () => import("./commands/saga-approve.ts"),
  },
  { ...reject, name: "saga reject", examples: ['saga reject --why "no budget"'] },
  {
    name: "saga signal",
    group: SAGAS,
    summary: "tell a saga that what it waits for has happened",
    arguments: [id, step],
    options: { value: { value: "JSON", summary: "what came; text that is no JSON is text" } },
    details: ["A single argument is the step, of the active transaction."],
    examples: ["saga signal payment-arrived", `saga signal order-7 paid --value '{"amount": 5}'`],
    load: () => import("./commands/saga-signal.ts"),
  },
  {
    name: "saga resume",
    group: SAGAS,
    summary: "carry on what nobody does: after a crash, or behind a wait",
    arguments: [id],
    options: {
      actions,
      "no-wait": { summary: "end where it waits, in place of waiting with it" },
      confirm,
    },
    details: [
      "A step that was done is not called again; one that was under way is, with the same key.",
      STATUS_LINE,
    ],
    examples: ["saga resume", "saga resume onboard-20260131T093000 --actions actions.ts"],
    load: () => import("./commands/saga-resume.ts"),
  },
  {
    name: "saga rollback",
    group: SAGAS,
    summary: "cancel an open saga and undo here what was done",
    arguments: [id],
    options: { why, actions, confirm },
    details: [STATUS_LINE],
    examples: ['saga rollback onboard-20260131T093000 --why "wrong customer"'],
    load: () => import("./commands/saga-rollback.ts"),
  },
  {
    name: "saga undo",
    group: SAGAS,
    summary: "undo a committed saga, as a transaction of its own",
    arguments: [id],
    options: { actions, agent, confirm },
    details: ["Both know of each other. A saga with a pivot cannot be undone.", STATUS_LINE],
    examples: ["saga undo onboard-20260131T093000"],
    load: () => import("./commands/saga-undo.ts"),
  },
  {
    name: "saga resolve",
    group: SAGAS,
    summary: "say that a person looked after what needed one",
    arguments: [id, { ...step, repeats: true }],
    options: {
      retry: { summary: "try it again, with all its attempts" },
      settled: { summary: "it was put right by hand: take it as done" },
      why,
    },
    details: ["Without steps, all that need a person. Then ttm saga resume, or a worker, goes on."],
    examples: ['saga resolve onboard-20260131T093000 mail --settled --why "sent by hand"'],
    load: () => import("./commands/saga-resolve.ts"),
  },
  {
    name: "saga export",
    group: SAGAS,
    summary: "print a saga as one JSON document: its log and results",
    arguments: [id],
    examples: ["saga export onboard-20260131T093000 > onboard.json"],
    load: () => import("./commands/saga-export.ts"),
  },
  {
    name: "saga import",
    group: SAGAS,
    summary: "make a saga again of an exported document, under its id",
    arguments: [file],
    details: ["Let only one of the two stores carry it on. - reads standard input."],
    examples: ["saga import onboard.json --dir /srv/tetra"],
    load: () => import("./commands/saga-import.ts"),
  },
  {
    name: "saga create",
    group: SAGAS,
    summary: "as aumai-transactions: begin a pending transaction of the original kind",
    options: { timeout: { value: "SECONDS", summary: "its time limit (default: 60)" } },
    examples: ["saga create --timeout 30"],
    load: () => import("./commands/saga-create.ts"),
  },
  {
    name: "saga status",
    group: SAGAS,
    summary: "as aumai-transactions: show a transaction of the original kind",
    options: { "tx-id": { value: "ID", summary: "which" } },
    examples: ["saga status --tx-id 3f0c8a52-7f0e-4b57-9e5c-2f0d7f5a2c11"],
    load: () => import("./commands/saga-status.ts"),
  },
  { ...show, name: "show" },
  { ...cancel, name: "cancel" },
  { ...reject, name: "reject" },
  {
    name: "worker",
    group: CARE,
    summary: "stay, and carry on every saga that nobody does",
    options: {
      actions,
      participants,
      concurrency: { value: "N", summary: "how many sagas at once (default: 8)" },
      once: { summary: "end when there is nothing to do at the moment" },
    },
    details: [
      "Takes over what was started with --detach, what waited and can go on, and what a runner left that",
      "died. Any number of workers may share one data root. Sagas whose actions it lacks, or whose",
      "definition has changed, are named once and left alone. Ctrl-C or SIGTERM: lets the steps under way",
      "end and begins no more; once more, or 20 s: leaves them to the next worker.",
      "With --participants it settles two-phase commits that nobody carries, at once and every 10 s.",
    ],
    examples: [
      "worker --actions actions.ts",
      "worker --participants participants.ts",
      "worker --once --json",
    ],
    load: () => import("./commands/worker.ts"),
  },
];
