import { readFile, isSystemError } from "@tetra/durable-fs";
import { countFrom, isRecord, numberFrom, oneOf, textFrom } from "./lenient.ts";
import { servicePaths } from "./layout.ts";
import type { Store } from "./store.ts";

const decoder = new TextDecoder();
const HEALTHS = ["unknown", "healthy", "unhealthy"] as const;

/** What health probes have come to. */
export interface RememberedHealth {
  readonly state: (typeof HEALTHS)[number];
  /** Since when it is so. */
  readonly sinceMs: number;
  /** Failures in a row. */
  readonly failures: number;
  /** What the last probe that failed said. */
  readonly last?: string;
}

/** `supervision.json`: what the daemon remembers of one run of a service. */
export interface RememberedSupervision {
  /** The run that it is about. */
  readonly generation: number;
  /** The last run whose end was counted. */
  readonly countedGeneration: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Waiting to start again. */
  readonly waiting?: { readonly sinceMs: number; readonly delayMs: number };
  /** Why there is no further start until a person asks for one. */
  readonly givenUp?: string;
  readonly health?: RememberedHealth;
}

/** What the daemon remembers of a service; `undefined` when there is nothing that can be read. */
export function readSupervision(
  { fs, layout }: Pick<Store, "fs" | "layout">,
  name: string,
): RememberedSupervision | undefined {
  const path = servicePaths(layout, name).supervision;
  if (fs.stat(path) === undefined) return undefined; // mostly so, and cheaper than a refusal
  try {
    return parseSupervision(decoder.decode(readFile(fs, path)));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Reads the file's text; torn by a power cut, it is nothing. */
export function parseSupervision(text: string): RememberedSupervision | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const generation = isRecord(read) ? countFrom(read["generation"]) : undefined;
  if (!isRecord(read) || generation === undefined) return undefined;
  const waiting = waitingFrom(read["waiting"]);
  const givenUp = textFrom(read["givenUp"]);
  const health = healthFrom(read["health"]);
  return {
    generation,
    countedGeneration: countFrom(read["countedGeneration"]) ?? 0,
    failures: countFrom(read["failures"]) ?? 0,
    ...(waiting === undefined ? {} : { waiting }),
    ...(givenUp === undefined ? {} : { givenUp }),
    ...(health === undefined ? {} : { health }),
  };
}

function waitingFrom(value: unknown): RememberedSupervision["waiting"] {
  if (!isRecord(value)) return undefined;
  const sinceMs = numberFrom(value["sinceMs"]);
  const delayMs = numberFrom(value["delayMs"]);
  return sinceMs === undefined || delayMs === undefined ? undefined : { sinceMs, delayMs };
}

function healthFrom(value: unknown): RememberedHealth | undefined {
  const state = isRecord(value) ? oneOf(HEALTHS, value["state"]) : undefined;
  if (!isRecord(value) || state === undefined) return undefined;
  const last = textFrom(value["last"]);
  return {
    state,
    sinceMs: numberFrom(value["sinceMs"]) ?? 0,
    failures: countFrom(value["failures"]) ?? 0,
    ...(last === undefined ? {} : { last }),
  };
}
