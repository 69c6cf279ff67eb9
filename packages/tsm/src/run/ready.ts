import { TetraError } from "@tetra/errors";
import { probe } from "../care/run-probe.ts";
import type { TsmErrorCode } from "../errors.ts";
import { appendHistory } from "../files/history.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import { readEnvironment, requireMeta, writeMeta } from "../files/store.ts";
import { underLock } from "./act.ts";
import { lastLines } from "./last-lines.ts";
import { isOver, type Observed, observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { describeExit } from "./start-failure.ts";
import type { Started } from "./start.ts";

/** How long a service may take to get ready when nobody said. */
const READY_TIMEOUT_MS = 30_000;
/** How long one answer may take. */
const ANSWER_MS = 5000;
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 500;

/**
 * Waits until a service that was started answers its readiness probe, where it has one. Not under the
 * service's lock: it may be stopped meanwhile.
 * @throws TetraError `NOT_READY` when it does not answer in time, or another run or its end came first
 */
export async function untilReady(parts: Parts, started: Started): Promise<Started> {
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
    const { ok, why = "" } = await probe(ready, { timeoutMs, cwd, environment });
    if (ok) {
      const act = (): Promise<boolean> =>
        noteReady(parts, { meta: requireMeta(parts, name), generation });
      if (await underLock(parts, name, act)) return readyNow(parts, started);
    }
    const now = requireMeta(parts, name);
    const observed = observe(parts, now);
    if (now.generation !== generation || isOver(observed.state)) {
      throw notReady(parts, now, endedWhy(now, generation, observed));
    }
    // an answer that was cut short at the end tells less than the one before
    if (timeoutMs === ANSWER_MS || lastWhy === "") lastWhy = why;
    const leftMs = giveUpMs - clock.now();
    if (leftMs <= 0)
      throw notReady(parts, now, `no answer within ${readyTimeoutMs} ms: ${lastWhy}`);
    await clock.sleep(Math.min(waitMs, leftMs));
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
  const { port } = meta;
  const isListening = port === undefined ? undefined : parts.platform.listeners(port).length > 0;
  return { ...started, meta, observed: observe(parts, meta), isListening };
}

function endedWhy(now: Meta, generation: number, { exit }: Observed): string {
  if (now.generation !== generation) return "it was restarted meanwhile";
  if (now.stopped_generation === generation) return "it was stopped meanwhile";
  return `it ended: ${exit === undefined ? "nobody saw how" : describeExit(exit)}`;
}

function notReady(parts: Parts, meta: Meta, why: string): TetraError<TsmErrorCode> {
  const { name, tsm_id: id, generation, pid, care } = meta;
  const paths = servicePaths(parts.layout, name);
  const stderr = lastLines(care.mergeOutput === true ? paths.out : paths.err, 0);
  appendHistory(parts, { event: "not_ready", name, id, generation, pid, reason: why });
  return new TetraError("NOT_READY", `${name}: it did not get ready: ${why}`, {
    hint: "read its last lines; if it still runs, it is left running",
    details: { name, id, generation, why, stderr },
  });
}
