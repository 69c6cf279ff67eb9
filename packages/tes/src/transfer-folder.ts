import { TetraError } from "@tetra/errors";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { collect, exitOf, feed, start } from "./connectors/child.ts";
import { lastLine, printable } from "./connectors/failure.ts";
import type { ConnectorOptions } from "./connectors/options.ts";
import type { RunErrorCode } from "./errors.ts";
import { execute, operate } from "./execute.ts";
import type { ExecuteOptions } from "./run-script.ts";
import type { PlanLevel } from "./levels/plan-level.ts";
import { folderDropped, folderInPlace } from "./plan/script.ts";
import { PassThrough } from "node:stream";

/** How folders are transferred. */
export interface TransferOptions extends ConnectorOptions, Pick<ExecuteOptions, "timeoutMs"> {}

const NO_STDIN = { type: "nothing", isWatched: false } as const;
const MAX_MESSAGE = 64 * 1024;

/**
 * Puts a folder of this machine in place of the one at the end of a plan (`write`, `kind: "folder"`):
 * received beside it, flushed, then exchanged by two renames. Names, modes, links and times are kept, owners are
 * not. Whatever fails before the exchange leaves the old folder as it was.
 * @throws TetraError a `ConnectErrorCode` or `RunErrorCode`
 */
export async function pushFolder(
  plan: PlanLevel,
  folder: string,
  options: TransferOptions = {},
): Promise<void> {
  const tar = await start(["tar", "-cf", "-", "-C", folder, "."], {
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = collect(tar.stderr, { limit: MAX_MESSAGE });
  let received: string;
  try {
    const { stdout } = await operate(plan, {
      script: plan.script,
      stdin: { type: "raw", isWatched: false },
      options: { ...options, content: { bytes: 0, chunks: tar.stdout ?? new PassThrough() } },
    });
    received = stdout.bytes.toString();
  } catch (error) {
    tar.kill();
    throw error;
  }
  const { status } = await exitOf(tar);
  const script = status === 0 ? folderInPlace(plan.binding, received) : folderDropped(received);
  await operate(plan, { script, stdin: NO_STDIN, options });
  if (status !== 0) throw tarFailed(folder, (await said).bytes.toString());
}

/**
 * Copies the folder at the end of a plan (`read`, `kind: "folder"`) to this machine, where it must not exist
 * yet. It appears whole or not at all.
 * @throws TetraError `EXISTS`, a `ConnectErrorCode` or `RunErrorCode`
 */
export async function pullFolder(
  plan: PlanLevel,
  folder: string,
  options: TransferOptions = {},
): Promise<void> {
  if (existsSync(folder)) {
    throw new TetraError<RunErrorCode>("EXISTS", `${folder}: it is there already`, {
      hint: "name a new folder",
      details: { folder },
    });
  }
  const name = `.${basename(folder)}.tetra-${randomBytes(6).toString("hex")}`;
  const beside = join(dirname(folder), name);
  await mkdir(beside, { mode: 0o700 });
  try {
    await extract(plan, beside, options);
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
}

async function extract(plan: PlanLevel, folder: string, options: TransferOptions): Promise<void> {
  const tar = await start(["tar", "-xpof", "-", "-C", folder], {
    env: options.env,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const said = collect(tar.stderr, { limit: MAX_MESSAGE });
  const between = new PassThrough();
  await Promise.all([
    tar.stdin === null ? undefined : feed(tar.stdin, between, { keepOpen: false }),
    execute(plan, { ...options, stdout: between }).finally(() => between.end()),
  ]);
  const { status } = await exitOf(tar);
  if (status !== 0) throw tarFailed(folder, (await said).bytes.toString());
}

function tarFailed(folder: string, text: string): TetraError<RunErrorCode> {
  return new TetraError("OPERATION_FAILED", `${folder}: tar: ${printable(lastLine(text))}`, {
    hint: "look at what it said",
    details: { folder, said: printable(text).slice(0, 2000) },
  });
}
