import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { execaSync } from "execa";
import { type Sandbox, sandbox } from "./ttm.ts";

/** A sandbox for sagas: a folder with a ledger that their steps write to. */
export interface SagaBox extends Sandbox {
  /** Writes a file below the root and returns its path. */
  readonly write: (name: string, text: string) => string;
  /** What steps have written to `$LEDGER`, line by line. */
  readonly ledger: () => readonly string[];
  /** The path of the ledger. */
  readonly ledgerFile: string;
}

/** Makes a sandbox for sagas. */
export function sagaBox(extra: Record<string, string | undefined> = {}): SagaBox {
  const home = sandbox();
  const ledgerFile = join(home.root, "ledger of 'steps'.txt");
  writeFileSync(ledgerFile, "");
  const box = sandbox({ LEDGER: ledgerFile, HOME: home.root, ...extra });
  return {
    ...box,
    ledgerFile,
    write(name, text) {
      const file = join(home.root, name);
      writeFileSync(file, text);
      return file;
    },
    ledger: () => readFileSync(ledgerFile, "utf8").split("\n").slice(0, -1),
  };
}

/** A step's part of a saga as its JSON view shows it. */
export interface StepJson {
  readonly step: string;
  readonly status: string;
  readonly attempts: number;
  readonly error?: string;
  readonly steps: readonly StepJson[];
}

/** The part of a saga's JSON view that tests look at. */
export interface ViewJson {
  readonly id: string;
  readonly status: string;
  readonly steps: readonly StepJson[];
  readonly completed: readonly string[];
  readonly compensated: readonly string[];
  readonly waiting: readonly unknown[];
}

/** How a saga stands, by `ttm show --json`. */
export async function viewOf({ ok }: Sandbox, id = ""): Promise<ViewJson> {
  return JSON.parse(await ok("show", "--json", ...(id === "" ? [] : [id])));
}

/** Waits until a process has printed a line that fits, and returns the line. */
export async function lineOf(stream: Readable, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    const line = text
      .split("\n")
      .slice(0, -1)
      .find((each) => pattern.test(each));
    if (line !== undefined) return line;
  }
  throw new Error(`never printed ${pattern}: ${text}`);
}

/** Whether a process runs; one that has ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = execaSync("ps", ["-o", "stat=", "-p", String(pid)], { reject: false });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

/** Every file below a folder whose content holds a text. */
export function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}
