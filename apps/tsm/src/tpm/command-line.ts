import type { Argument, CommandLine } from "@tetra/cli-kit";
import type { App } from "../app.ts";
import { PROGRAM_OPTIONS } from "../program-options.ts";

const COMMANDS = "Commands";
const name: Argument = {
  name: "name",
  required: true,
  complete: { type: "ask", topic: "services" },
};

/** The command line of the smaller manager for scripts. */
export const TPM_COMMAND_LINE: CommandLine<App> = {
  program: "tpm",
  summary: "scripts that run with a port",
  commands: [
    {
      name: "start",
      group: COMMANDS,
      summary: "start a script as NAME-PORT, or the first app of an ecosystem.config.cjs",
      arguments: [
        { name: "script", required: true, complete: { type: "files" } },
        { name: "name" },
      ],
      details: [
        "The port is PORT of the environment, else of the first line PORT= or export PORT= in the script.",
        "The name is the script's, without .sh, unless another is given.",
        "Of an ecosystem.config.cjs, which is executed, the first app is started: its name as it is, script, cwd",
        "and env, which has its PORT.",
      ],
      examples: ["start ./server.sh", "start ./server.sh api", "start ecosystem.config.cjs"],
      load: () => import("./commands/start.ts"),
    },
    {
      name: "list",
      aliases: ["ls"],
      group: COMMANDS,
      summary: "list what is there",
      load: () => import("./commands/list.ts"),
    },
    {
      name: "stop",
      group: COMMANDS,
      summary: "end one, or all with '*'; killed after 3 seconds",
      arguments: [name],
      load: () => import("./commands/stop.ts"),
    },
    {
      name: "restart",
      group: COMMANDS,
      summary: "kill and start again, under the same name",
      arguments: [name],
      load: () => import("./commands/restart.ts"),
    },
    {
      name: "delete",
      aliases: ["del"],
      group: COMMANDS,
      summary: "kill and remove, logs included",
      arguments: [name],
      load: () => import("./commands/delete.ts"),
    },
    {
      name: "logs",
      group: COMMANDS,
      summary: "show the last lines of one, or of all with '*'",
      arguments: [name],
      options: {
        lines: { short: "n", value: "N", summary: "so many lines (50)" },
        follow: { short: "f", summary: "go on with each new line as it comes" },
      },
      load: () => import("./commands/logs.ts"),
    },
    {
      name: "ports",
      group: COMMANDS,
      summary: "show who has which port",
      load: () => import("./commands/ports.ts"),
    },
    {
      name: "help",
      group: COMMANDS,
      summary: "show this, or one command in detail",
      arguments: [{ name: "command", complete: { type: "ask", topic: "commands" } }],
      load: () => Promise.reject(new Error("help is answered before any command is loaded")),
    },
    {
      name: "version",
      summary: "print the version",
      load: () => import("../commands/version.ts"),
    },
  ],
  options: PROGRAM_OPTIONS,
  notes: [
    "",
    "What it starts, tsm sees too; what an older tpm left in $TETRA_DIR/tpm is listed, stopped and removed.",
    "Exit status: 0 done, 1 failure, 64 usage, 65 no port, 66 no such script.",
  ],
  examples: ["start ./server.sh", "logs server-3000 --lines 100", "stop '*'"],
};
