import { readFileSync, statSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { resolve } from "node:path/posix";
import { parseAssignments } from "../launch/assignments.ts";
import { portHolder } from "../run/port-holder.ts";
import type { Platform } from "../platform/platform.ts";
import { portFrom } from "../ports/port-number.ts";
import { executableOn } from "./check-environment.ts";

/** A command that somebody means to start. */
export interface CommandToValidate {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What was given as its port. */
  readonly port?: string;
  /** Its env file; relative to `cwd`. */
  readonly envFile?: string;
}

/** Whether it could be started, and what speaks against it. */
export interface Validation {
  readonly valid: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly info: readonly string[];
}

/** Looks at a command without starting it. */
export function validateCommand(asked: CommandToValidate, platform: Platform): Validation {
  const parts = [
    validateProgram(asked),
    ...(asked.port === undefined ? [] : [validatePort(asked.port, platform)]),
    ...(asked.envFile === undefined ? [] : [lookAtEnvFile(asked.envFile, asked)]),
  ];
  const errors = parts.flatMap((part) => part.errors);
  return {
    valid: errors.length === 0,
    errors,
    warnings: parts.flatMap((part) => part.warnings),
    info: parts.flatMap((part) => part.info),
  };
}

type Part = Omit<Validation, "valid">;

const NOTHING: Part = { errors: [], warnings: [], info: [] };

function validateProgram({ command, cwd, environment }: CommandToValidate): Part {
  const [program = ""] = command.length === 1 ? (command[0] ?? "").split(/\s+/) : command;
  if (program === "") return { ...NOTHING, errors: ["there is no command"] };
  const found = program.includes("/")
    ? executableOn(resolve(cwd, program, ".."), program.slice(program.lastIndexOf("/") + 1))
    : executableOn(environment["PATH"] ?? "", program);
  return found === undefined
    ? { ...NOTHING, errors: [`${program}: not found or not executable`] }
    : { ...NOTHING, info: [`${program} is ${found}`] };
}

const FIRST_UNPRIVILEGED = 1024;

function validatePort(text: string, platform: Platform): Part {
  const port = portFrom(text);
  if (port === undefined) return { ...NOTHING, errors: [`${text} is no port: 1 to 65535`] };
  const holder = portHolder(platform, port, []);
  const who =
    holder?.pid === undefined ? "another user's process" : `pid ${holder.pid} (${holder.command})`;
  const isLow = port < FIRST_UNPRIVILEGED;
  return {
    errors: holder === undefined ? [] : [`port ${port} is in use by ${who}`],
    warnings: isLow
      ? [`port ${port} is below ${FIRST_UNPRIVILEGED}: only root may listen there`]
      : [],
    info: holder === undefined ? [`port ${port} is free`] : [],
  };
}

const PLACEHOLDER = /YOUR_\w*_HERE|REPLACE_|TODO|CHANGEME/;

/** Whether an env file is there, can be read, has a port, and is nothing but assignments. */
export function lookAtEnvFile(
  file: string,
  { cwd, environment }: Pick<CommandToValidate, "cwd" | "environment">,
): Part {
  const path = resolve(cwd, file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    return { ...NOTHING, errors: [`${file}: no such file`] };
  }
  try {
    const variables = Object.fromEntries(
      Object.entries(environment).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    const assignments = parseAssignments(readFileSync(path, "utf8"), { variables, where: file });
    const left = assignments.filter(({ value }) => PLACEHOLDER.test([value].flat().join(" ")));
    const port = assignments.find(({ name }) => name === "PORT" || name === "TETRA_PORT");
    return {
      errors: left.map(({ name, line }) => `${file}:${line}: ${name} has a placeholder`),
      warnings: port === undefined ? [`${file}: PORT is not set`] : [],
      info: [
        `${file}: ${assignments.length} variables`,
        ...(port === undefined ? [] : [`PORT is ${[port.value].flat().join(" ")}`]),
      ],
    };
  } catch (error) {
    if (isTetraError(error)) return { ...NOTHING, errors: [error.message] };
    if (isSystemError(error)) return { ...NOTHING, errors: [`${file}: ${error.message}`] };
    throw error;
  }
}
