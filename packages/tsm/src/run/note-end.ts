import { appendHistory, isEndTold } from "../files/history.ts";
import type { Meta } from "../files/meta.ts";
import { isOver, type Observed } from "./observe.ts";
import type { Parts } from "./parts.ts";

/**
 * Notes the end of a run in the history, unless that was done before: `meta.json` says so, or, of whoever
 * died before he wrote that, the history itself. The caller holds the lock.
 * @returns what is to be written of the service; the same where there was nothing to note
 */
export function noteEnd(parts: Parts, meta: Meta, observed: Observed): Meta {
  const { name, tsm_id: id, generation, ended_generation: noted = 0 } = meta;
  const { exit, endedAtMs, state } = observed;
  if (!isOver(observed.state) || exit === undefined || noted >= generation) return meta;
  const { code, signal, reason } = exit;
  const at = endedAtMs === undefined ? undefined : Math.floor(endedAtMs);
  const end = { event: "ended", name, id, generation, state, code, signal, reason } as const;
  const isNoted =
    isEndTold(parts, { name, id, generation }) || appendHistory(parts, { ...end, at_ms: at });
  return isNoted ? { ...meta, ended_generation: generation } : meta; // when there is room again
}
