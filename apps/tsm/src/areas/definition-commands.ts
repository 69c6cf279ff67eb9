import { SAVED_OPTIONS } from "../definitions/saved-options.ts";
import type { Argument, Option } from "@tetra/cli-kit";
import type { TsmCommand } from "../app.ts";
import { DEFINITIONS } from "../groups.ts";

// What help and completion know of these commands; the code of each is loaded when it is called.

const definition: Argument = {
  name: "name",
  required: true,
  complete: { type: "ask", topic: "definitions" },
};
const projectWords: Argument = {
  name: "file or service",
  repeats: true,
  complete: { type: "files" },
};
const noDaemon: Option = {
  summary: "do not start tetrad, which restarts, probes and rotates logs",
};

const PROJECT_DETAILS = [
  "A word with a slash, or that ends in .yaml, .yml, .json or .tsm, is the file; other words name services",
  "in it. Without a file it is tsm.yaml, tsm.yml or tsm.json in this folder.",
];

/** Services that are written down: the ones that are kept, and files of them. */
export const DEFINITION_COMMANDS: readonly TsmCommand[] = [
  {
    name: "save",
    group: DEFINITIONS,
    summary: "keep a command, or a service that runs, under a name",
    arguments: [
      { name: "name", required: true, complete: { type: "ask", topic: "services" } },
      { name: "command", repeats: true },
    ],
    optionsFirst: true,
    options: {
      ...SAVED_OPTIONS,
      org: { value: "ORG", summary: "keep it in this organisation" },
      force: { short: "f", summary: "replace what has the name, without asking" },
    },
    details: [
      "save <name> <command...> keeps a command with all of its arguments; save <service> [name] keeps a",
      "service that runs, under the part of its name before the first dash unless a name is given. Options",
      "stand in front of the name, or between name and command.",
    ],
    examples: ["save docs python3 -m http.server 8000", "save 3 shop", "enable docs"],
    load: () => import("../commands/save.ts"),
  },
  {
    name: "services",
    group: DEFINITIONS,
    summary: "list what is defined",
    options: {
      enabled: { summary: "only what starts with the machine" },
      disabled: { summary: "only what does not" },
      available: { summary: "all (the default)" },
      details: { short: "d", summary: "a block for each" },
    },
    examples: ["services --enabled"],
    load: () => import("../commands/services.ts"),
  },
  {
    name: "orgs",
    group: DEFINITIONS,
    summary: "list organisations, and how much of each is defined, enabled and running",
    details: [
      "Address a service of one as org/name. A name alone means what is in no organisation, or in the",
      "default one, tetra; where several others have it, they are named instead.",
    ],
    load: () => import("../commands/orgs.ts"),
  },
  {
    name: "show",
    group: DEFINITIONS,
    summary: "show what is defined under a name",
    arguments: [definition],
    examples: ["show api"],
    load: () => import("../commands/show.ts"),
  },
  {
    name: "edit",
    group: DEFINITIONS,
    summary: "change a definition in $VISUAL or $EDITOR; a broken one replaces nothing",
    arguments: [definition],
    examples: ["edit api"],
    load: () => import("../commands/edit.ts"),
  },
  {
    name: "enable",
    group: DEFINITIONS,
    summary: "start a defined service with the machine",
    arguments: [{ ...definition, repeats: true }],
    examples: ["enable api"],
    load: () => import("../commands/enable.ts"),
  },
  {
    name: "disable",
    group: DEFINITIONS,
    summary: "do not start it with the machine any more",
    arguments: [{ ...definition, repeats: true }],
    examples: ["disable api"],
    load: () => import("../commands/disable.ts"),
  },
  {
    name: "rm",
    group: DEFINITIONS,
    summary: "remove a definition; what runs of it goes on",
    arguments: [definition],
    examples: ["rm api"],
    load: () => import("../commands/rm.ts"),
  },
  {
    name: "up",
    group: DEFINITIONS,
    summary: "make what runs match a file of services",
    arguments: [projectWords],
    options: {
      "dry-run": { summary: "say what would be done, as diff does" },
      "no-daemon": noDaemon,
    },
    details: [
      ...PROJECT_DETAILS,
      "What is missing is started in the order of depends_on, what differs is restarted, what was started",
      "from the file and is no longer in it is stopped. Exit status 1 if anything could not be done.",
    ],
    examples: ["up", "up deploy/tsm.yaml", "up api worker"],
    load: () => import("../commands/up.ts"),
  },
  {
    name: "down",
    group: DEFINITIONS,
    summary: "stop what runs of a file of services, in reverse order",
    arguments: [projectWords],
    details: PROJECT_DETAILS,
    examples: ["down", "down api"],
    load: () => import("../commands/down.ts"),
  },
  {
    name: "diff",
    group: DEFINITIONS,
    summary: "say how what runs differs from a file of services",
    arguments: [projectWords],
    details: [...PROJECT_DETAILS, "Exit status 1 if anything differs. Secrets are masked."],
    examples: ["diff", "diff deploy/tsm.yaml"],
    load: () => import("../commands/diff.ts"),
  },
  {
    name: "import",
    group: DEFINITIONS,
    summary: "make a tsm.yaml of what pm2, foreman or process-compose was told",
    arguments: [{ name: "file", complete: { type: "files" } }],
    options: {
      output: {
        short: "o",
        value: "FILE",
        summary: "where to write (tsm.yaml in this folder); - prints it",
        complete: { type: "files" },
      },
      env: { value: "NAME", summary: "take env_NAME of pm2, too" },
      force: { short: "f", summary: "replace the file" },
    },
    details: [
      "Reads ecosystem.config.js, .cjs, .mjs or .json, what pm2 save wrote (~/.pm2/dump.pm2), a Procfile, or",
      "process-compose.yaml; without a file, the first of these in this folder. A report says of each field",
      "what became of it. A JavaScript file is executed, in a process of its own, for at most 10 s;",
      "nothing else is.",
    ],
    examples: ["import", "import ~/.pm2/dump.pm2", "import Procfile -o -"],
    load: () => import("../commands/import.ts"),
  },
];
