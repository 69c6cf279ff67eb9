import type { ConnectorLevel } from "./connector-level.ts";

/** Level 4: a connector, and when it last proved itself. */
export interface HandleLevel {
  readonly level: "handle";
  /** The connector's. */
  readonly text: string;
  readonly connector: ConnectorLevel;
  /** Absent: not tested. Resolving never connects; `probe` does. */
  readonly test?: HandleTest;
}

/** A connection that worked. */
export interface HandleTest {
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
  /** Connecting and logging in; next to nothing over a connection that was open already. */
  readonly connectMs: number;
  /** One command that does nothing, over the open connection. */
  readonly latencyMs: number;
}

/** How long a test counts, unless somebody says otherwise: the original's 300 seconds. */
export const HANDLE_LIFE_MS = 300_000;

/** Goes on to level 4 without connecting. */
export function toHandle(connector: ConnectorLevel, test: HandleTest | undefined): HandleLevel {
  return { level: "handle", text: connector.text, connector, ...(test && { test }) };
}

/** Whether a handle was tested, and not too long ago. This machine needs no test. */
export function isTested(
  { connector, test }: HandleLevel,
  nowMs: number,
  lifeMs: number = HANDLE_LIFE_MS,
): boolean {
  if (connector.route.type === "local") return true;
  return test !== undefined && nowMs - test.atMs >= 0 && nowMs - test.atMs < lifeMs;
}
