import type { Argument, Options } from "@tetra/cli-kit";
import type { TsmCommand } from "../app.ts";
import { CARE } from "../groups.ts";

const PORT: Argument = { name: "port", required: true };
const SERVICES: Argument = {
  name: "service",
  repeats: true,
  complete: { type: "ask", topic: "services" },
};
const SINCE: Options = {
  since: { value: "TIME", summary: "only since then: a span such as 2h or 7d, or a date" },
};

/** What help and completion know of these commands; the code of each is loaded when it is called. */
export const DIAGNOSIS_COMMANDS: readonly TsmCommand[] = [
  {
    name: "doctor",
    group: CARE,
    summary: "look at everything, and say what to do",
    arguments: [{ name: "part" }],
    options: {
      fix: { summary: "carry out the fixes that can do no harm" },
      all: { short: "a", summary: "show what is fine, too" },
    },
    details: [
      "Looks at the environment, folders and permissions, stale files, services, ports, orphans, the",
      "clock, the disk and logs, and whether things come back after a reboot. --fix makes folders, takes",
      "away what others may do, removes stale tracking and corrects the registry of ports; it never",
      "touches a service. Exit status 1 when errors are left.",
    ],
    load: () => import("../commands/doctor.ts"),
  },
  {
    name: "healthcheck",
    aliases: ["doctor healthcheck"],
    group: CARE,
    summary: "the short form: environment, folders, tracking, orphans",
    examples: ["healthcheck"],
    load: () => import("../commands/healthcheck.ts"),
  },
  {
    name: "doctor scan",
    group: CARE,
    summary: "show who listens on ports 1024 to 10000",
    options: { all: { short: "a", summary: "every port" } },
    load: () => import("../commands/doctor-scan.ts"),
  },
  {
    name: "doctor port",
    group: CARE,
    summary: "say who has a port; exit status 1 when somebody has",
    arguments: [PORT],
    load: () => import("../commands/doctor-port.ts"),
  },
  {
    name: "doctor kill",
    group: CARE,
    summary: "end who has a port and is no service, after asking",
    arguments: [PORT],
    options: { force: { short: "f", summary: "do not ask" } },
    load: () => import("../commands/doctor-kill.ts"),
  },
  {
    name: "doctor env",
    group: CARE,
    summary: "look at an env file; env/local.env when none is named",
    arguments: [{ name: "file", complete: { type: "files" } }],
    load: () => import("../commands/doctor-env.ts"),
  },
  {
    name: "doctor orphans",
    group: CARE,
    summary: "list servers that no service started",
    load: () => import("../commands/doctor-orphans.ts"),
  },
  {
    name: "doctor clean",
    group: CARE,
    summary: "patrol, and remove services that have crashed",
    options: { aggressive: { short: "a", summary: "also those whose port another process has" } },
    load: () => import("../commands/doctor-clean.ts"),
  },
  {
    name: "doctor validate",
    group: CARE,
    summary: "look whether a command could be started, without starting it",
    arguments: [{ name: "command", required: true, repeats: true, complete: { type: "files" } }],
    optionsFirst: true,
    options: {
      port: { value: "PORT", summary: "the port it is meant to have" },
      env: { value: "FILE", summary: "its env file", complete: { type: "files" } },
    },
    load: () => import("../commands/doctor-validate.ts"),
  },
  {
    name: "doctor reconcile",
    group: CARE,
    summary: "the same as ports reconcile",
    load: () => import("../commands/ports-reconcile.ts"),
  },
  {
    name: "doctor ports-declared",
    group: CARE,
    summary: "show the registry of ports as it is written",
    load: () => import("../commands/doctor-declared.ts"),
  },
  {
    name: "doctor ports-actual",
    group: CARE,
    summary: "show what services listen on",
    load: () => import("../commands/ports-detect.ts"),
  },
  {
    name: "doctor help",
    group: CARE,
    summary: "show these",
    load: () => import("../commands/doctor-help.ts"),
  },
  {
    name: "patrol",
    group: CARE,
    summary: "remove tracking that nothing stands behind any more",
    options: { "dry-run": { short: "n", summary: "only say what would be removed" } },
    details: [
      "Dead reservations of ids, folders without metadata, pid files of dead processes, half-made files,",
      "rows of ports. Never a service. Exit status: how many, at most 255.",
    ],
    examples: ["patrol --dry-run", "patrol"],
    load: () => import("../commands/patrol.ts"),
  },
  {
    name: "audit",
    group: CARE,
    summary: "check the definitions of services",
    arguments: [{ name: "init", complete: { type: "words", words: ["init"] } }],
    details: ["init makes the two folders. Exit status: how many issues there are, at most 255."],
    examples: ["audit", "audit init"],
    load: () => import("../commands/audit.ts"),
  },
  {
    name: "history",
    group: CARE,
    summary: "show who did what when",
    arguments: [SERVICES],
    options: {
      ...SINCE,
      lines: { short: "n", value: "N", summary: "the last N lines (50, or all with --since)" },
    },
    examples: ["history", "history api --since 2h", "history -n 20 --json"],
    load: () => import("../commands/history.ts"),
  },
  {
    name: "uptime",
    group: CARE,
    summary: "show how well services have run",
    arguments: [SERVICES],
    options: SINCE,
    details: [
      "Availability is the time a service ran, as a part of the time it should have: from a crash to the",
      "next run it is down; stopped, or done, it is not. MTBF is the time it ran for each crash.",
    ],
    examples: ["uptime", "uptime api --since 7d", "uptime --json"],
    load: () => import("../commands/uptime.ts"),
  },
];
