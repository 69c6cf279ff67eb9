import type { Argument, Options } from "@tetra/cli-kit";
import type { TsmCommand } from "../app.ts";
import { LOGS, OTHER } from "../groups.ts";
import { EVENT_OPTIONS } from "../monitoring/event-options.ts";

const SERVICES: Argument = {
  name: "service",
  repeats: true,
  complete: { type: "ask", topic: "services" },
};
const FOLLOWING: Options = {
  ...EVENT_OPTIONS,
  lines: { short: "n", value: "N", summary: "begin with the last N lines that may be events (0)" },
};
const PROVIDER_NAMES = "list status start stop restart logs doctor ports actions".split(" ");

/** What help and completion know of these commands; the code of each is loaded when it is called. */
export const WATCH_COMMANDS: readonly TsmCommand[] = [
  {
    name: "monit",
    group: LOGS,
    summary: "watch services, their use of processor and memory, and their logs",
    details: [
      "Up and down select a service, s starts or stops it, r restarts it, d deletes it, / filters,",
      "q quits. Looks once a second, while somebody looks.",
    ],
    examples: ["monit"],
    load: () => import("../commands/monit.ts"),
  },
  {
    name: "monitor",
    group: LOGS,
    summary: "count the events that services print",
    arguments: [SERVICES],
    options: {
      ...EVENT_OPTIONS,
      follow: { short: "f", summary: "show events as they come, and count those" },
    },
    details: [
      "Services print lines of TETRA:CATEGORY:EVENT and what belongs to it, name=value, or JSON objects",
      'with "token", or "category" and "event". Fields that mean something: user, session, page, target,',
      "id, duration_ms, ip, and ts for the time. Without ts it is that of the log, to the precision that",
      "help logs states.",
    ],
    examples: ["monitor", "monitor web --since 1h", "monitor -f -p error"],
    load: () => import("../commands/monitor.ts"),
  },
  {
    name: "stream",
    group: LOGS,
    summary: "show events as they come",
    arguments: [SERVICES],
    options: FOLLOWING,
    examples: ["stream web -p CLICK", "stream --json"],
    load: () => import("../commands/stream.ts"),
  },
  {
    name: "dashboard",
    group: LOGS,
    summary: "watch events: how many, clicks, response times, sessions",
    arguments: [SERVICES],
    options: EVENT_OPTIONS,
    details: ["The last 5000 events; q quits. With --json what it would show, once."],
    load: () => import("../commands/dashboard.ts"),
  },
  {
    name: "analytics",
    group: LOGS,
    summary: "analyse events: clicks, response times, journeys, sessions",
    arguments: [SERVICES],
    options: EVENT_OPTIONS,
    details: [
      "Clicks of a user less than 2 s after another are rapid. A response belongs to the request of the",
      "same id at most 5 s before, without an id to the oldest open request, or click, of the same user;",
      "more than 1000 ms is slow. Times that the log does not know to a second are not counted.",
    ],
    examples: ["analytics web --since 1d", "analytics --json"],
    load: () => import("../commands/analytics.ts"),
  },
  {
    name: "sessions",
    group: LOGS,
    summary: "show the sessions of users: in numbers, each one, or as JSON",
    arguments: [
      {
        name: "summary|detailed|json",
        complete: { type: "words", words: ["summary", "detailed", "json"] },
      },
      SERVICES,
    ],
    options: EVENT_OPTIONS,
    details: [
      "A session is what services call one (session=…), else what a user did without half an hour's pause.",
    ],
    examples: ["sessions", "sessions detailed web"],
    load: () => import("../commands/sessions.ts"),
  },
  {
    name: "users",
    group: LOGS,
    summary: "show who used services",
    arguments: [SERVICES],
    options: EVENT_OPTIONS,
    details: [
      "Who has no name is anon_ and eight digits, from session or address, always the same.",
    ],
    load: () => import("../commands/users.ts"),
  },
  {
    name: "patterns",
    group: LOGS,
    summary: "list the kinds of events that reports know",
    load: () => import("../commands/patterns.ts"),
  },
  {
    name: "triggers",
    group: LOGS,
    summary: "list the commands that events run",
    details: [
      "They are in tsm/config/triggers.conf of the data root: lines of NAME|CMD|DESC|ENABLED. NAME is a",
      "pattern, a token (PAY:*), a category or an event. CMD runs under sh; {TOKEN}, {DATA} and",
      "{TIMESTAMP} in it stand for one word each, in or out of quotes. What services printed is handed over",
      "in the variables TETRA_TOKEN, TETRA_DATA, TETRA_TIMESTAMP and TETRA_SERVICE, and is never a part of",
      "the script; only do not give it to eval, sh -c or ssh yourself. Inside $(…), `…` and here-documents",
      'write "$TETRA_DATA". A file that others may write to is refused.',
    ],
    load: () => import("../commands/triggers.ts"),
  },
  {
    name: "triggers run",
    group: LOGS,
    summary: "follow events, and run the commands of enabled triggers",
    arguments: [SERVICES],
    options: FOLLOWING,
    details: [
      "Four commands at once, each for at most 30 s; when a thousand wait, more are left out and counted.",
    ],
    load: () => import("../commands/triggers-run.ts"),
  },
  {
    name: "repl",
    group: OTHER,
    summary: "type commands one after the other, with completion and history",
    details: [
      "A line is a command of tsm, !x one of the shell, /x a slash command: see /help there. Ctrl-C",
      "interrupts the command, Ctrl-D, exit, quit and q leave. Lines may be piped in; then it ends with",
      "the status of the last one.",
    ],
    examples: ["repl", "repl < commands"],
    load: () => import("../commands/repl.ts"),
  },
  {
    name: "tview",
    group: OTHER,
    summary: "answer what tview asks, as JSON",
    arguments: [{ name: "provider", complete: { type: "words", words: PROVIDER_NAMES } }, SERVICES],
    details: [
      "Without a provider it lists them. list, start, stop, restart, logs, doctor and ports answer what the",
      "commands of that name print with --json.",
    ],
    examples: ["tview list", "tview logs web", "tview actions"],
    load: () => import("../commands/tview.ts"),
  },
];
