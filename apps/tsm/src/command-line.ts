import type { CommandLine } from "@tetra/cli-kit";
import type { App, TsmCommand } from "./app.ts";
import { BOOT_COMMANDS } from "./areas/boot-commands.ts";
import { DAEMON_COMMANDS } from "./areas/daemon-commands.ts";
import { DEFINITION_COMMANDS } from "./areas/definition-commands.ts";
import { DIAGNOSIS_COMMANDS } from "./areas/diagnosis-commands.ts";
import { LOG_COMMANDS } from "./areas/log-commands.ts";
import { PORT_COMMANDS } from "./areas/port-commands.ts";
import { SERVICE_COMMANDS } from "./areas/service-commands.ts";
import { WATCH_COMMANDS } from "./areas/watch-commands.ts";
import { OTHER } from "./groups.ts";
import { PROGRAM_OPTIONS } from "./program-options.ts";

const OTHER_COMMANDS: readonly TsmCommand[] = [
  {
    name: "completion",
    group: OTHER,
    summary: "print the completion script of a shell",
    arguments: [
      {
        name: "shell",
        required: true,
        complete: { type: "words", words: ["bash", "zsh", "fish"] },
      },
    ],
    examples: ['completion bash   # eval "$(tsm completion bash)"'],
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "help",
    aliases: ["h"],
    group: OTHER,
    summary: "show every command, or one in detail",
    arguments: [{ name: "command", complete: { type: "ask", topic: "commands" } }],
    load: () => Promise.reject(new Error("help is answered before any command is loaded")),
  },
  {
    name: "version",
    group: OTHER,
    summary: "print the version",
    details: ["So does tsm --version."],
    load: () => import("./commands/version.ts"),
  },
];

/** The command line of this program. */
export const COMMAND_LINE: CommandLine<App> = {
  program: "tsm",
  summary: "services that run, whoever dies",
  commands: [
    ...SERVICE_COMMANDS,
    ...LOG_COMMANDS,
    ...DEFINITION_COMMANDS,
    ...PORT_COMMANDS,
    ...DIAGNOSIS_COMMANDS,
    ...WATCH_COMMANDS,
    ...BOOT_COMMANDS,
    ...DAEMON_COMMANDS,
    ...OTHER_COMMANDS,
  ],
  brief: ["start", "stop", "restart", "delete", "list", "info", "logs", "doctor"],
  options: PROGRAM_OPTIONS,
  notes: [
    "",
    "A service is named by its id, pid, port, name, the beginning or a part of its name, org/name,",
    "namespace/ or '*'. Where several fit, they are listed and nothing is done.",
    "",
    "Environment: TETRA_DIR (data root), TETRA_NO_DAEMON=1 (never start tetrad), NO_COLOR, FORCE_COLOR.",
    "Exit status: 0 done, 1 failure, 64 usage, 65 bad data, 66 missing or not executable.",
  ],
  examples: [
    "start node server.js",
    "start --port 8000 --name docs python3 -m http.server 8000",
    "list",
    "logs docs -f",
    "stop docs",
  ],
};
