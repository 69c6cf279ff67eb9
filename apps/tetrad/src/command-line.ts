import type { CommandLine } from "@tetra/cli-kit";
import type { App, TetradCommand } from "./app.ts";
import { HTTP_DETAILS, HTTP_OPTIONS } from "./http/asked-settings.ts";
import { MODES } from "./tokens/mode.ts";

const DAEMON = "Daemon";
const TOKENS = "Tokens for agents";

const COMMANDS: readonly TetradCommand[] = [
  {
    name: "run",
    group: DAEMON,
    summary: "be the daemon, in the foreground",
    arguments: [{ name: "port" }],
    options: {
      "on-demand": { summary: "begun by a command: start nothing but what ran" },
      ...HTTP_OPTIONS,
    },
    details: [
      "There is one for each TETRA_DIR; a second one ends with status 1. It looks after services until it",
      "gets SIGTERM, and its end does not touch them.",
      ...HTTP_DETAILS,
    ],
    examples: ["run", "run --http", "run --http 4445"],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "start",
    group: DAEMON,
    summary: "start the daemon in the background, and wait until it answers",
    arguments: [{ name: "port" }],
    options: HTTP_OPTIONS,
    details: [
      "tsm start does so by itself, unless TETRA_NO_DAEMON=1 is set.",
      ...HTTP_DETAILS,
      "A daemon that runs already begins to serve, or stops serving, at once; its sessions end.",
    ],
    examples: [
      "start",
      "start --http",
      "start --no-http",
      "start --http 443 --address 192.0.2.7 --host tetra.example.org --tls-cert c.pem --tls-key k.pem",
    ],
    load: () => import("./commands/start.ts"),
  },
  {
    name: "stop",
    group: DAEMON,
    summary: "end the daemon; services run on",
    details: ["Status 1 when there is none."],
    examples: ["stop"],
    load: () => import("./commands/stop.ts"),
  },
  {
    name: "status",
    group: DAEMON,
    summary: "say whether a daemon looks after this TETRA_DIR, and which",
    details: ["Status 0 when it answers, 1 when there is none, 69 when it does not answer."],
    examples: ["status", "status --json"],
    load: () => import("./commands/status.ts"),
  },
  {
    name: "token create",
    group: TOKENS,
    summary: "make a token for agents, and print it, this once",
    arguments: [{ name: "name", required: true }],
    options: {
      mode: {
        value: "MODE",
        summary: "read (look only; the default) or operate (change things, too)",
        complete: { type: "words", words: MODES },
      },
      expires: { value: "TIME", summary: "when it ends: 30d, 12h; never, when not given" },
      policy: {
        value: "FILE",
        summary: "what its sessions may do, as for ttm mcp --policy",
        complete: { type: "files" },
      },
    },
    details: [
      "Only a digest of it is kept, in config/tokens.json: who loses it makes another one. Agents send it",
      "as Authorization: Bearer TOKEN.",
    ],
    examples: ["token create ci", "token create agent --mode operate --expires 30d"],
    load: () => import("./commands/token-create.ts"),
  },
  {
    name: "token list",
    group: TOKENS,
    summary: "show the tokens there are, and when each was used last",
    examples: ["token list", "token list --json"],
    load: () => import("./commands/token-list.ts"),
  },
  {
    name: "token revoke",
    group: TOKENS,
    summary: "end a token, and every session that was begun with it, at once",
    arguments: [{ name: "name", required: true, complete: { type: "ask", topic: "tokens" } }],
    examples: ["token revoke agent"],
    load: () => import("./commands/token-revoke.ts"),
  },
  {
    name: "version",
    summary: "print the version",
    load: () => import("./commands/version.ts"),
  },
];

/** What help, completion and parsing know. */
export const COMMAND_LINE: CommandLine<App> = {
  program: "tetrad",
  summary: "looks after Tetra services: restarts, probes, schedules, limits, log rotation",
  commands: COMMANDS,
  options: {
    dir: {
      value: "DIR",
      summary: "the data root, in place of TETRA_DIR",
      complete: { type: "files" },
    },
    json: { summary: "print JSON" },
    help: { short: "h", summary: "show help" },
  },
  notes: [
    "Exit status: 0; 1 failure; 64 wrong usage; 65 a file in config is not what it must be; 66 not found;",
    "69 the daemon does not answer; 77 refused, because it would not be safe.",
    "Its own words are in $TETRA_DIR/tsm/runtime/daemon/tetrad.log.",
  ],
  examples: ["start", "status", "stop"],
};
