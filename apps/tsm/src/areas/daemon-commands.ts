import type { TsmCommand } from "../app.ts";
import { DAEMON } from "../groups.ts";

/** What help and completion know of these commands; the code of each is loaded when it is called. */
export const DAEMON_COMMANDS: readonly TsmCommand[] = [
  {
    name: "daemon start",
    group: DAEMON,
    summary: "start tetrad, which looks after services, and wait until it answers",
    details: [
      "Any start of a service does so by itself, without waiting.",
      "Where a unit for this TETRA_DIR is installed, systemd starts and stops it.",
    ],
    examples: ["daemon start"],
    load: () => import("../commands/daemon-start.ts"),
  },
  {
    name: "daemon stop",
    group: DAEMON,
    summary: "end tetrad; services run on",
    examples: ["daemon stop"],
    load: () => import("../commands/daemon-stop.ts"),
  },
  {
    name: "daemon status",
    group: DAEMON,
    summary: "say whether tetrad looks after these services",
    details: ["Status 1 when it does not."],
    examples: ["daemon status", "daemon status --json"],
    load: () => import("../commands/daemon-status.ts"),
  },
];
