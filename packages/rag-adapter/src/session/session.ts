/* oxlint-disable promise/valid-params -- this catch is zod's, not a promise's */
import { compareBytes, formatInstant } from "@tetra/tts-core";
import * as z from "zod/mini";

/** What `session.json` holds: flows that belong together. Unknown keys are other tools' and survive. */
export interface Session {
  readonly session_id: string;
  readonly description: string;
  /** Ids, each once, sorted bytewise. */
  readonly flows: readonly string[];
  /** UTC instant, RFC 3339 with seconds. */
  readonly created_at: string;
  /** UTC instant of the last change. */
  readonly last_active: string;
  readonly tags: readonly string[];
  readonly [field: string]: unknown;
}

const texts = z.catch(z.array(z.string()), []);

// what other tools wrote: each field is taken when it has the right shape
const stored = z.looseObject({
  session_id: z.catch(z.string(), ""),
  description: z.catch(z.string(), ""),
  flows: texts,
  created_at: z.catch(z.string(), ""),
  last_active: z.catch(z.string(), ""),
  tags: texts,
});

/** A session before anything happened in it. */
export function newSession(id: string, description: string, atMs: number): Session {
  const now = formatInstant(atMs);
  return { session_id: id, description, flows: [], created_at: now, last_active: now, tags: [] };
}

/** The session with a flow in it; the same when it is there already. */
export function withFlow(session: Session, flow: string, atMs: number): Session {
  const flows = [...new Set([...session.flows, flow])].toSorted(compareBytes);
  return { ...session, flows, last_active: formatInstant(atMs) };
}

/** The text of `session.json`. */
export function formatSession(session: Session): string {
  return `${JSON.stringify(session, undefined, 2)}\n`;
}

/** Reads the text of a `session.json`; `undefined` when it is not a JSON object. */
export function parseSession(text: string, id: string): Session | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = stored.safeParse(value);
  return result.success ? { ...result.data, session_id: id } : undefined;
}
