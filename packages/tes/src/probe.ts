import { createHash } from "node:crypto";
import type { HandleCache } from "./handle-cache.ts";
import type { HandleLevel, HandleTest } from "./levels/handle-level.ts";
import { HANDLE_LIFE_MS, isTested } from "./levels/handle-level.ts";
import { type ExecuteOptions, runScript } from "./run-script.ts";
import { operationFailure } from "./connectors/operation-failure.ts";
import { symbolOf } from "./plan/symbol-of.ts";

/** How a connection is tested. */
export interface ProbeOptions extends Omit<ExecuteOptions, "content" | "stdout" | "stderr"> {
  /** Remembers tests; without one every call connects. */
  readonly cache?: HandleCache;
  /** How long a remembered test counts, in milliseconds; by default 300,000. */
  readonly lifeMs?: number;
  /** The time, in milliseconds since 1970; by default the system's. */
  readonly now?: () => number;
}

/**
 * Tests a handle (level 4): connects, becomes the work user, runs a command that does nothing, and measures.
 * @throws TetraError a `ConnectErrorCode`, or `SUDO_REFUSED`
 */
export async function probe(
  handle: HandleLevel,
  { cache, lifeMs = HANDLE_LIFE_MS, now = Date.now, ...options }: ProbeOptions = {},
): Promise<HandleLevel & { readonly test: HandleTest }> {
  const key = handleKey(handle);
  const known = cache?.get(key);
  if (known !== undefined && isTested({ ...handle, test: known }, now(), lifeMs)) {
    return { ...handle, test: known };
  }
  const { route } = handle.connector;
  const subject = symbolOf(handle.connector).text;
  const run = {
    route,
    script: ":",
    stdin: { type: "nothing", isWatched: false },
    options,
  } as const;
  const from = performance.now();
  const first = await runScript(subject, run);
  const failed = operationFailure(subject, {
    ...first,
    deed: { operation: "read" },
    isActing: "actAs" in route && route.actAs !== undefined,
  });
  if (failed !== undefined) throw failed;
  const connected = performance.now();
  await runScript(subject, run);
  const latencyMs = performance.now() - connected;
  const test = { atMs: now(), connectMs: first.connectMs ?? connected - from, latencyMs };
  cache?.set(key, test);
  return { ...handle, test };
}

/** The name of a test in a {@link HandleCache}: everything that makes the way to an endpoint. */
export function handleKey({ connector: { route } }: HandleLevel): string {
  return createHash("sha256").update(JSON.stringify(route)).digest("hex").slice(0, 32);
}
