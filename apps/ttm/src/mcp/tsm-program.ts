import { isTetraError, TetraError } from "@tetra/errors";
import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";

// Services are steered by running `tsm`: what a start takes (definitions and env files read again, hooks,
// dependencies, waking the daemon) is put together in that program, and an agent's start should be exactly
// a person's.

/** The program `tsm`. */
interface TsmProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** What `tsm` is asked to do. */
export interface TsmOrder {
  readonly words: readonly string[];
  /** Ends the wait: what was begun is finished as after Ctrl-C. */
  readonly signal: AbortSignal;
}

const MOST_OUTPUT = 16 * 1024 * 1024;

/**
 * Runs `tsm` on the data root of this program.
 * @returns its JSON
 * @throws TetraError `NO_TSM`, or what `tsm` refuses it with
 */
export function runTsm(app: App, { words, signal }: TsmOrder): Promise<unknown> {
  const { command, args } = findTsm(app);
  const { root } = app.places();
  const argv = [...args, "--dir", root, "--json", ...words];
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      argv,
      { cwd: app.cwd(), env: { ...app.env, TETRA_DIR: root }, maxBuffer: MOST_OUTPUT },
      (error, stdout, stderr) => {
        if (error === null) resolve(jsonIn(stdout));
        else reject(refusalIn(stderr, error));
      },
    );
    child.stdin?.end();
    const stop = (): void => void child.kill("SIGINT");
    signal.addEventListener("abort", stop, { once: true });
    child.on("close", () => signal.removeEventListener("abort", stop));
  });
}

function findTsm({ env }: App): TsmProgram {
  const here = dirname(realpathSync(process.argv[1] ?? "."));
  const beside = [
    join(here, "../../tsm/dist/tsm.cjs"),
    join(here, "../../tsm-cli/dist/tsm.cjs"),
  ].find((file) => existsSync(file));
  if (beside !== undefined) return { command: process.execPath, args: [beside] };
  const onPath = (env["PATH"] ?? "")
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, "tsm"))
    .find((file) => existsSync(file));
  if (onPath !== undefined) return { command: onPath, args: [] };
  throw new TetraError<TtmErrorCode>("NO_TSM", "tsm is not installed", {
    hint: "install @tetra/tsm-cli beside @tetra/ttm",
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

/** The error in what it says on standard error, whose last object it is. */
function refusalIn(stderr: string, thrown: Error): Error {
  const at = stderr.indexOf('{\n  "success"');
  const told = at === -1 ? undefined : fieldOf(jsonIn(stderr.slice(at)), "error");
  const code = fieldOf(told, "code");
  const message = fieldOf(told, "message");
  const hint = fieldOf(told, "hint");
  if (typeof code === "string" && typeof message === "string") {
    return new TetraError(code, message, typeof hint === "string" ? { hint } : {});
  }
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return isTetraError(thrown)
    ? thrown
    : new TetraError<TtmErrorCode>("OPERATION_FAILED", said === "" ? "tsm failed" : said, {
        cause: thrown,
      });
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
