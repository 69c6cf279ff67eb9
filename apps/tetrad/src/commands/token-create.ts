import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { parseDuration, usageError } from "@tetra/cli-kit";
import { isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TetradRun } from "../app.ts";
import type { TetradErrorCode } from "../errors.ts";
import { addToken } from "../tokens/token-file.ts";
import { type Mode, MODES } from "../tokens/mode.ts";
import { digestOf, isTokenName, newSecret } from "../tokens/token.ts";

/** `tetrad token create <name>` */
export const run: TetradRun = async (args, { out, err, config, cwd, now }) => {
  const name = nameOf(args.at(0) ?? "");
  const mode = modeOf(args.value("mode") ?? "read");
  const policy = policyOf(args.value("policy"), cwd());
  const createdAtMs = now();
  const expiresAtMs = expiryOf(args.value("expires"), createdAtMs);
  const secret = newSecret();
  await addToken(config(), {
    name,
    sha256: digestOf(secret),
    mode,
    createdAtMs,
    ...(policy === undefined ? {} : { policy }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  });
  if (args.has("json")) {
    out.json({ name, token: secret, mode, policy, expires_at_ms: expiresAtMs });
    return;
  }
  out.print(secret);
  err.print(`this is ${name}, to ${mode}; it is not kept, and not shown again`);
};

function nameOf(name: string): string {
  if (isTokenName(name)) return name;
  throw usageError(
    `${JSON.stringify(name)} is no name for a token`,
    "use up to 64 letters, digits, dots, dashes and underscores, and begin with a letter or digit",
  );
}

function modeOf(text: string): Mode {
  const mode = MODES.find((each) => each === text);
  if (mode !== undefined) return mode;
  throw usageError(`there is no mode ${JSON.stringify(text)}`, `use ${MODES.join(" or ")}`);
}

function expiryOf(text: string | undefined, fromMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  const atMs = fromMs + Math.round(ms ?? 0);
  if (ms !== undefined && ms > 0 && Number.isSafeInteger(atMs)) return atMs;
  throw usageError(`${JSON.stringify(text)} is no length of time`, "write 30d, 12h or 90m");
}

function policyOf(given: string | undefined, cwd: string): string | undefined {
  if (given === undefined) return undefined;
  const path = resolve(cwd, given);
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new TetraError<TetradErrorCode>("POLICY_UNREADABLE", `${path}: ${error.code}`, {
      hint: "give a file that you can read",
      details: { path },
      cause: error,
    });
  }
}
