/* oxlint-disable promise/valid-params -- this catch is zod's, not a promise's */
import * as z from "zod/mini";
import type { EventRecord, SealedEvent } from "./event.ts";

/** The keys that the standard gives each event, in its order; ours follow after `seq` and `ts_ms`. */
const STANDARD_KEYS: Readonly<Record<string, readonly string[]>> = {
  txn_start: ["txn_id", "description"],
  stage_transition: ["from", "to"],
  evidence_added: ["file", "source"],
  tes_resolved: ["target", "plan"],
  txn_commit: ["duration_ms"],
  txn_fail: ["error"],
  rag_stage: ["rag_stage", "ttm_stage"],
  checkpoint: ["stage", "metadata"],
  flow_complete: ["outcome", "effort"],
  evidence_linked: ["file", "source"],
  // one of the first two
  evidence_selected: ["query", "method", "count"],
};

/** RAG's own form of an event whose name the standard has too. */
const FLOW_EVIDENCE_KEYS = ["file", "span", "tags"];

// loose: other writers add fields of their own, and what they left out is no reason to refuse a line
const eventRecord: z.ZodMiniType<EventRecord> = z.looseObject({
  event: z.string().check(z.minLength(1)),
  ts: z.exactOptional(z.catch(z.string(), "")),
  seq: z.exactOptional(z.int().check(z.nonnegative())),
  ts_ms: z.exactOptional(z.number()),
  more: z.exactOptional(z.int().check(z.positive())),
});

/**
 * One line of the log as text, without its newline: compact, keys in the standard's order, so that the
 * original tools' text filters (`"event":"NAME"`) keep working.
 */
export function formatEventLine(event: SealedEvent): string {
  const { event: name, ts, seq, ts_ms, more, ...fields } = event;
  const own: Readonly<Record<string, unknown>> = fields;
  const standard =
    name === "evidence_added" && "span" in own ? FLOW_EVIDENCE_KEYS : (STANDARD_KEYS[name] ?? []);
  const line: Record<string, unknown> = { ts, event: name };
  for (const key of standard) line[key] = own[key];
  line["seq"] = seq;
  line["ts_ms"] = ts_ms;
  if (more !== undefined) line["more"] = more;
  for (const key of Object.keys(own)) if (!standard.includes(key)) line[key] = own[key];
  return JSON.stringify(line);
}

/** Reads one line of the log; `undefined` when it is not an event, whoever wrote it. */
export function parseEventLine(text: string): EventRecord | undefined {
  if (!text.startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // kept in the log and left out of the fold: not ours to judge
  }
  const result = eventRecord.safeParse(value);
  return result.success ? result.data : undefined;
}
