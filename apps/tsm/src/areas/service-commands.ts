import type { Argument, Option, Options } from "@tetra/cli-kit";
import type { TsmCommand } from "../app.ts";
import { OTHER, SERVICES } from "../groups.ts";
import { SORTS } from "../list/choose.ts";
import { START_OPTIONS } from "../start/start-options.ts";

// What help and completion know of these commands; the code of each is loaded when it is called.

const service: Argument = {
  name: "service",
  required: true,
  complete: { type: "ask", topic: "services" },
};
const services: Argument = { ...service, repeats: true };

const noDaemon: Option = {
  summary: "do not start tetrad, which restarts, probes and rotates logs",
};
const stopping: Options = {
  signal: { value: "SIGNAL", summary: "what asks it to end (its own, else SIGTERM)" },
  timeout: { value: "TIME", summary: "wait before it is killed (its own, else 10s)" },
  force: { short: "f", summary: "kill at once" },
};

/** Services and what is done with them. */
export const SERVICE_COMMANDS: readonly TsmCommand[] = [
  {
    name: "start",
    group: SERVICES,
    summary: "start a command, a script or defined services",
    arguments: [
      {
        name: "command",
        required: true,
        repeats: true,
        complete: { type: "ask", topic: "startable" },
      },
    ],
    optionsFirst: true,
    options: {
      ...START_OPTIONS,
      replace: { summary: "restart it with this if it runs already" },
      "dry-run": { summary: "say what would be started" },
      debug: { summary: "say it, and start it" },
      "no-daemon": noDaemon,
    },
    details: [
      "Options stand in front of the command, or of --; what comes after belongs to the command. A command",
      "of several words is run as it is; a single one with shell syntax under sh -c. The name of a defined",
      "service wins over a command's; behind -- everything is a command. A service that has ended can be",
      "started again by its name or id.",
      "The port is that of --port, of the env file, of a PORT= in front of the command, or one found in",
      "script or command. It returns when the service runs, and is ready where --ready says when.",
    ],
    examples: [
      "start node server.js",
      "start --port 8000 --name docs python3 -m http.server 8000",
      "start --env local --restart on-failure --max-memory 300M ./server.sh",
      "start --instances 3 --port 4000 --ready /health node app.js",
      'start "npm run build && npm start"',
    ],
    load: () => import("../commands/start.ts"),
  },
  {
    name: "stop",
    group: SERVICES,
    summary: "end services with everything that belongs to them",
    arguments: [services],
    options: stopping,
    details: [
      "A last word force means --force, as in the original. One whose meta.json is broken is ended by its",
      "journal; the file stays as it is.",
    ],
    examples: ["stop docs", "stop 0 1", "stop '*'"],
    load: () => import("../commands/stop.ts"),
  },
  {
    name: "restart",
    group: SERVICES,
    summary: "stop and start again, reading definition and env file anew",
    arguments: [services],
    options: {
      ...stopping,
      "keep-env": { summary: "start with exactly the environment it had" },
      "update-env": { summary: "take the environment of this shell" },
      "no-daemon": noDaemon,
    },
    details: ["What differs from before is printed, secrets masked. The id stays."],
    examples: ["restart docs", "restart '*' --keep-env"],
    load: () => import("../commands/restart.ts"),
  },
  {
    name: "delete",
    aliases: ["del"],
    group: SERVICES,
    summary: "stop services and remove their folders, logs included",
    arguments: [services],
    options: stopping,
    details: ["One whose meta.json is broken is ended by its journal, and removed."],
    examples: ["delete docs", "delete 0 1 --force", "delete '*'"],
    load: () => import("../commands/delete.ts"),
  },
  {
    name: "kill",
    group: SERVICES,
    summary: "kill services, or who has a port or pid, and remove what was tracked",
    arguments: [{ ...services, required: false }],
    options: {
      port: { value: "N", repeats: true, summary: "who listens on this port, service or not" },
      name: { value: "NAME", repeats: true, summary: "this name, or NAME-*" },
      id: { value: "ID", repeats: true, summary: "the service with this id" },
      pid: { value: "PID", repeats: true, summary: "this process, service or not" },
      force: { short: "f", summary: "kill at once, instead of after a second" },
    },
    examples: ["kill docs", "kill --port 8000", "kill --pid 4711 --force"],
    load: () => import("../commands/kill.ts"),
  },
  {
    name: "cleanup",
    group: SERVICES,
    summary: "remove services that crashed; what was stopped stays",
    examples: ["cleanup"],
    load: () => import("../commands/cleanup.ts"),
  },
  {
    name: "list",
    aliases: ["ls"],
    group: SERVICES,
    summary: "list services as they are at this moment",
    arguments: [
      {
        name: "which",
        complete: {
          type: "words",
          words: ["running", "all", "available", "pwd", "tree", "namespaces"],
        },
      },
    ],
    options: {
      all: { short: "a", summary: "those that do not run, too" },
      long: { short: "l", summary: "a block for each" },
      pwd: { short: "p", summary: "those that run below this folder" },
      watch: { short: "w", summary: "show again and again; processor use since the last time" },
      interval: { value: "TIME", summary: "how often (1s)" },
      sort: {
        value: "FIELD",
        summary: SORTS.join(", "),
        complete: { type: "words", words: SORTS },
      },
      reverse: { short: "r", summary: "the other way round" },
      filter: {
        value: "FIELD=VALUE",
        repeats: true,
        summary: "only those; * stands for anything: name=api-*",
      },
      query: { short: "q", value: "WORDS", summary: "words in name, command or folder" },
    },
    details: [
      "Running services are listed; all says the others too, available all that have a service file, pwd",
      "those below this folder, tree and namespaces by organisation and group. A ~ after a name: there is",
      "no service file for it. CPU is the average since the start, with --watch that since the last look;",
      "it and memory are those of all processes of the service.",
    ],
    examples: [
      "list",
      "list all --sort memory --reverse",
      "list --filter status=crashed --json",
      "list available",
      "list --watch",
    ],
    load: () => import("../commands/list.ts"),
  },
  {
    name: "info",
    group: SERVICES,
    summary: "show all about a service",
    arguments: [service],
    options: {
      verbose: { short: "v", repeats: true, summary: "more: -v paths, -vv last lines, -vvv JSON" },
    },
    examples: ["info docs", "info 0 -vv", "info docs --json"],
    load: () => import("../commands/info.ts"),
  },
  {
    name: "env",
    group: SERVICES,
    summary: "show the environment of a service, secrets masked",
    arguments: [service],
    examples: ["env docs"],
    load: () => import("../commands/env.ts"),
  },
  {
    name: "paths",
    group: SERVICES,
    summary: "show where the files of a service are",
    arguments: [service],
    examples: ["paths docs"],
    load: () => import("../commands/paths.ts"),
  },
  {
    name: "id",
    group: SERVICES,
    summary: "print the id of a service",
    arguments: [service],
    examples: ["id docs"],
    load: () => import("../commands/id.ts"),
  },
  {
    name: "init",
    group: OTHER,
    summary: "make an env file, env/NAME.env, in this folder",
    arguments: [{ name: "env", required: true }],
    examples: ["init local"],
    load: () => import("../commands/init.ts"),
  },
  {
    name: "setup",
    group: OTHER,
    summary: "make the folders of the data root",
    examples: ["setup"],
    load: () => import("../commands/setup.ts"),
  },
];
