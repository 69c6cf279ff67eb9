import type { Argument } from "@tetra/cli-kit";
import type { TsmCommand } from "../app.ts";
import { PORTS } from "../groups.ts";

const NAME: Argument = { name: "name", required: true };
const PORT: Argument = { name: "port", required: true };
const SERVICES: Argument = {
  name: "service",
  repeats: true,
  complete: { type: "ask", topic: "services" },
};
const RANGE: Argument = {
  name: "range",
  complete: { type: "words", words: ["development", "staging", "production", "testing"] },
};

/** What help and completion know of these commands; the code of each is loaded when it is called. */
export const PORT_COMMANDS: readonly TsmCommand[] = [
  {
    name: "ports",
    group: PORTS,
    summary: "show the ports of services, and how they stand",
    arguments: [SERVICES],
    examples: ["ports", "ports web"],
    load: () => import("../commands/ports.ts"),
  },
  {
    name: "ports list",
    group: PORTS,
    summary: "list the named ports of config/ports.toml",
    load: () => import("../commands/ports-list.ts"),
  },
  {
    name: "ports detailed",
    group: PORTS,
    summary: "list them with their range and who uses them",
    load: () => import("../commands/ports-detailed.ts"),
  },
  {
    name: "ports scan",
    group: PORTS,
    summary: "show who listens on what, and note it in the registry",
    load: () => import("../commands/ports-scan.ts"),
  },
  {
    name: "scan-ports",
    group: PORTS,
    summary: "the same",
    load: () => import("../commands/ports-scan.ts"),
  },
  {
    name: "ports overview",
    group: PORTS,
    summary: "show ranges, reserved ports and how many are used",
    load: () => import("../commands/ports-overview.ts"),
  },
  {
    name: "ports validate",
    group: PORTS,
    summary: "check config/ports.toml",
    load: () => import("../commands/ports-validate.ts"),
  },
  {
    name: "ports conflicts",
    group: PORTS,
    summary: "show what cannot all have the port it wants",
    options: { fix: { summary: "give names that collide another port of the same range" } },
    load: () => import("../commands/ports-conflicts.ts"),
  },
  {
    name: "ports set",
    aliases: ["ports add"],
    group: PORTS,
    summary: "give a name a port",
    arguments: [NAME, PORT],
    examples: ["ports set web 4000"],
    load: () => import("../commands/ports-set.ts"),
  },
  {
    name: "ports remove",
    aliases: ["ports rm"],
    group: PORTS,
    summary: "take a name out",
    arguments: [NAME],
    load: () => import("../commands/ports-remove.ts"),
  },
  {
    name: "ports allocate",
    group: PORTS,
    summary: "give a name the lowest free port of a range, and print it",
    arguments: [NAME, RANGE],
    details: [
      "A name that has a port keeps it. Allocating at the same moment gives different ports.",
    ],
    examples: ["ports allocate web staging"],
    load: () => import("../commands/ports-allocate.ts"),
  },
  {
    name: "ports show",
    group: PORTS,
    summary: "print the port of a name, or the name of a port",
    arguments: [{ name: "name|port", required: true }],
    details: [
      "Looks at services, the registry, ports that are held, config/ports.toml and the file that",
      "TSM_PORTS_FILE names (lines of name:port), in this order.",
    ],
    load: () => import("../commands/ports-show.ts"),
  },
  {
    name: "ports detect",
    group: PORTS,
    summary: "show what services listen on, beside what they said",
    load: () => import("../commands/ports-detect.ts"),
  },
  {
    name: "ports reconcile",
    group: PORTS,
    summary: "compare what services said with what they do",
    details: ["Exit status 0 exactly when nothing mismatches; orphan ports do not count."],
    load: () => import("../commands/ports-reconcile.ts"),
  },
  {
    name: "ports import",
    group: PORTS,
    summary: "take over the names of another ports.toml",
    arguments: [{ name: "file", required: true, complete: { type: "files" } }],
    load: () => import("../commands/ports-import.ts"),
  },
  {
    name: "ports export",
    group: PORTS,
    summary: "write the named ports to a file, - for standard output",
    arguments: [
      { name: "file", required: true, complete: { type: "files" } },
      { name: "format", complete: { type: "words", words: ["toml", "json", "env"] } },
    ],
    load: () => import("../commands/ports-export.ts"),
  },
  {
    name: "ports env",
    group: PORTS,
    summary: "print the named ports as NAME_PORT=4000",
    load: () => import("../commands/ports-env.ts"),
  },
  {
    name: "ports json",
    group: PORTS,
    summary: "print the named ports as JSON",
    load: () => import("../commands/ports-json.ts"),
  },
  {
    name: "ranges",
    group: PORTS,
    summary: "show the built-in convention of port ranges",
    load: () => import("../commands/ranges.ts"),
  },
  {
    name: "claim",
    group: PORTS,
    summary: "end who listens on a port and is no service",
    arguments: [PORT],
    options: { force: { short: "f", summary: "kill at once" } },
    load: () => import("../commands/claim.ts"),
  },
];
