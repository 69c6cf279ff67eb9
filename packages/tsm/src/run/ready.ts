import { TetraError } from "@tetra/errors";
import { probe } from "../care/run-probe.ts";
import type { TsmErrorCode } from "../errors.ts";
import { appendHistory } from "../files/history.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import { readEnvironment, requireMeta, writeMeta } from "../files/store.ts";
import { underLock } from "./act.ts";
import { actualPort } from "./actual-port.ts";
import { lastLines } from "./last-lines.ts";
import { isOver, type Observed, observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { describeExit } from "./start-failure.ts";
import type { Started } from "./start.ts";
import { findDescendants } from "./tree.ts";

/** How long a service may take to get ready when nobody said. */
const READY_TIMEOUT_MS = 30_000;
/** How long one answer may take. */
const ANSWER_MS = 5000;
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 500;
const LEFT_RUNNING = "it goes on running, and is starting until it answers; read its last lines";

/**
 * Waits until a service that was started answers its readiness probe, where it has one. Not under the
 * service's lock: it may be stopped meanwhile.
 * @param signal ends the wait, not the service
 * @throws TetraError `NOT_READY` when it does not answer in time, another run or its end came first, or
 *   the signal
 */
export async function untilReady(
  parts: Parts,
  started: Started,
  signal?: AbortSignal,
): Promise<Started> {
  const { meta } = started;
  const { ready, readyTimeoutMs = READY_TIMEOUT_MS } = meta.care;
  if (ready === undefined) return started;
  const { clock } = parts;
  const { name, cwd, generation } = meta;
  const environment = readEnvironment(parts, name) ?? {};
  const giveUpMs = clock.now() + readyTimeoutMs;
  let lastWhy = "";
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const timeoutMs = Math.max(1, Math.min(ANSWER_MS, giveUpMs - clock.now()));
    const { ok, why = "" } = await probe(ready, { timeoutMs, cwd, environment, signal });
    if (ok) {
      const act = (): Promise<boolean> =>
        noteReady(parts, { meta: requireMeta(parts, name), generation });
      if (await underLock(parts, name, act)) return readyNow(parts, started);
    }
    const now = requireMeta(parts, name);
    const observed = observe(parts, now);
    if (now.generation !== generation || isOver(observed.state)) {
      throw notReady(parts, now, {
        why: endedWhy(now, generation, observed),
        hint: "read its last lines",
      });
    }
    if (signal?.aborted === true) {
      throw notReady(parts, now, { why: "it was not waited for any longer", hint: LEFT_RUNNING });
    }
    // an answer that was cut short at the end tells less than the one before
    if (timeoutMs === ANSWER_MS || lastWhy === "") lastWhy = why;
    const leftMs = giveUpMs - clock.now();
    if (leftMs <= 0) {
      throw notReady(parts, now, {
        why: `no answer within ${readyTimeoutMs} ms: ${lastWhy}`,
        hint: LEFT_RUNNING,
      });
    }
    await clock.sleep(Math.min(waitMs, leftMs), signal);
  }
}

/** Notes that a run answered, unless it is over. The caller holds the lock. */
export async function noteReady(
  parts: Parts,
  { meta, generation }: { readonly meta: Meta; readonly generation: number },
): Promise<boolean> {
  const { main } = observe(parts, meta, { holdsLock: true });
  if (meta.generation !== generation || main === undefined) return false;
  if (meta.ready_generation === generation) return true;
  await writeMeta(parts, { ...meta, status: "online", ready_generation: generation });
  return true;
}

function readyNow(parts: Parts, started: Started): Started {
  const meta = requireMeta(parts, started.meta.name);
  const observed = observe(parts, meta);
  const { port, cookie } = meta;
  const { main } = observed;
  if (port === undefined || main === undefined) return { ...started, meta, observed };
  const { platform } = parts;
  const tree = findDescendants(platform, [main], cookie) ?? [main];
  const pids = tree.map(({ pid }) => pid);
  const isListening = platform.listeners(port).length > 0;
  const actual = platform.listensOn(port, pids) ? port : actualPort(platform, port, pids);
  return { ...started, meta, observed, isListening, actualPort: actual };
}

function endedWhy(now: Meta, generation: number, { exit }: Observed): string {
  if (now.generation !== generation) return "it was restarted meanwhile";
  if (now.stopped_generation === generation) return "it was stopped meanwhile";
  return `it ended: ${exit === undefined ? "nobody saw how" : describeExit(exit)}`;
}

function notReady(
  parts: Parts,
  meta: Meta,
  { why, hint }: { readonly why: string; readonly hint: string },
): TetraError<TsmErrorCode> {
  const { name, tsm_id: id, generation, pid, care } = meta;
  const paths = servicePaths(parts.layout, name);
  const stderr = lastLines(care.mergeOutput === true ? paths.out : paths.err, 0);
  appendHistory(parts, { event: "not_ready", name, id, generation, pid, reason: why });
  return new TetraError("NOT_READY", `${name}: it did not get ready: ${why}`, {
    hint,
    details: { name, id, generation, why, stderr },
  });
}
