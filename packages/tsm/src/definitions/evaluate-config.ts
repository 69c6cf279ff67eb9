import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { dirname } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { DefinitionErrorCode } from "./errors.ts";

const MOST_BYTES = 10_000_000;

/** Imports the file and hands what it exports on as JSON, on a descriptor that it does not print to. */
const PROGRAM = `
const { writeSync } = await import("node:fs");
const module = await import(process.env.TETRA_CONFIG_URL);
delete process.env.TETRA_CONFIG_URL;
let value = module.default ?? { ...module };
if (typeof value === "function") value = await value();
const text = JSON.stringify(value) ?? "null";
for (let bytes = Buffer.from(text), at = 0; at < bytes.length;) at += writeSync(3, bytes, at);
process.exit(0);
`;

/** How a configuration is evaluated. */
export interface EvaluateOptions {
  /** It is ended after this. */
  readonly timeoutMs: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * What a JavaScript file exports, as data. This **executes the file**, in a Node process of its own that is
 * ended, with all of its group, when it takes too long.
 * @param file absolute
 * @throws TetraError `IMPORT_FAILED`
 */
export async function evaluateConfig(
  file: string,
  { timeoutMs, environment }: EvaluateOptions,
): Promise<unknown> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
    cwd: dirname(file),
    env: { ...environment, TETRA_CONFIG_URL: pathToFileURL(file).href },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: true, // a group of its own
  });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  let size = 0;
  const endGroup = (): void => {
    // the group is there as long as its leader was not waited for, which "close" tells
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGKILL");
    }
  };
  child.stdio[3]?.on("data", (bytes: Buffer) => {
    size += bytes.length;
    if (size > MOST_BYTES) endGroup();
    else output.push(bytes);
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    if (complaints.length < 100) complaints.push(bytes);
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup();
  }, timeoutMs);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      resolve(code);
      child.stdio[3]?.destroy(); // a grandchild may hold it open
      child.stderr?.destroy();
    });
  }).finally(() => clearTimeout(timer));
  if (isLate) throw failed(file, `it took longer than ${timeoutMs} ms`);
  if (status !== 0) throw failed(file, reasonIn(Buffer.concat(complaints).toString()));
  return JSON.parse(Buffer.concat(output).toString());
}

/** Node prints the place, the line, and then what happened. */
function reasonIn(complaint: string): string {
  const lines = complaint.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /^[A-Za-z]*Error\b/.test(line)) ?? lines.at(-1) ?? "it failed";
}

function failed(file: string, why: string): TetraError<DefinitionErrorCode> {
  return new TetraError("IMPORT_FAILED", `${file}: ${why}`, {
    hint: "correct it, or export it as JSON",
    details: { file },
  });
}
