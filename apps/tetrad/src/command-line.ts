import type { CommandLine } from "@tetra/cli-kit";
import type { App, TetradCommand } from "./app.ts";

const DAEMON = "Daemon";

const COMMANDS: readonly TetradCommand[] = [
  {
    name: "run",
    group: DAEMON,
    summary: "be the daemon, in the foreground",
    options: { "on-demand": { summary: "begun by a command: start nothing but what ran" } },
    details: [
      "There is one for each TETRA_DIR; a second one ends with status 1. It looks after services until it",
      "gets SIGTERM, and its end does not touch them.",
    ],
    examples: ["run"],
    load: () => import("./commands/run.ts"),
  },
  {
    name: "start",
    group: DAEMON,
    summary: "start the daemon in the background, and wait until it answers",
    details: ["tsm start does so by itself, unless TETRA_NO_DAEMON=1 is set."],
    examples: ["start"],
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
    "Exit status: 0; 1 failure; 64 wrong usage; 69 the daemon does not answer.",
    "Its own words are in $TETRA_DIR/tsm/runtime/daemon/tetrad.log.",
  ],
  examples: ["start", "status", "stop"],
};
