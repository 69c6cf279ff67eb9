import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import type { TesErrorCode } from "./errors.ts";
import { jsonErrorAt, positionAt } from "./json-syntax.ts";
import type { EndpointType, WriteRights } from "./sources/endpoint-fields.ts";
import { ACCEPTS, type EntryKeys, entrySchema, symbolKey } from "./sources/entry-schema.ts";
import { jsonKeyLines } from "./sources/json-key-lines.ts";
import type { KeyLines } from "./sources/key-lines.ts";
import { type Problem } from "./sources/problem.ts";
import { misspelledKeys, schemaProblems } from "./sources/schema-problems.ts";

/** How to reach what a symbol stands for. Further keys are passed through. */
export interface Connector {
  readonly type: EndpointType;
  /** Name or address; the container or pod where that is meant. */
  readonly host: string;
  /**
   * Who to be there. Absent: whoever the ssh configuration says. Beside `work_user` and without
   * `auth_user`: who logs in.
   */
  readonly user?: string;
  /** Who logs in, where that is not who acts. */
  readonly auth_user?: string;
  /** Who acts. */
  readonly work_user?: string;
  /** The private key to log in with. */
  readonly auth_key?: string;
  readonly port?: number;
  /** `user@host:port` to go through, several with commas between. */
  readonly jump?: string;
  /** The container in a pod, or the container if `host` is something else. */
  readonly container?: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly context?: string;
  readonly description?: string;
  readonly network?: string;
  readonly write?: WriteRights;
  readonly audit?: boolean;
  readonly [key: string]: unknown;
}

/** Symbols (`@name`) and what they stand for: the content of `topology.json`. */
export type Topology = Readonly<Record<string, Connector>>;

/** What holds where there is no `topology.json` (TTS section 11). A file replaces it whole. */
export const BUILT_IN_TOPOLOGY: Topology = {
  "@local": { type: "local", host: "localhost" },
  "@dev": { type: "ssh", host: "dev.local", user: "deploy" },
  "@staging": { type: "ssh", host: "staging.local", user: "deploy" },
  "@prod": { type: "ssh", host: "prod.local", user: "deploy" },
};

const REQUIRED = ["type", "host"];
const KEYS: EntryKeys = {
  type: "endpoint type",
  host: "word",
  user: "word",
  auth_user: "word",
  work_user: "word",
  auth_key: "text",
  port: "port",
  jump: "word",
  container: "word",
  pod: "word",
  namespace: "word",
  context: "word",
  description: "text",
  network: "text",
  write: "write rights",
  audit: "yes or no",
};

const topology: z.ZodMiniType<Record<string, Connector>> = z.record(
  symbolKey,
  entrySchema<Connector>(KEYS, {
    required: REQUIRED,
    message: "must be an object with type and host",
  }),
  "must be an object of symbols",
);

/** The JSON Schema of `topology.json`. */
export function topologyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return { ...z.toJSONSchema(topology, { io: "input" }), title: "Tetra topology.json" };
}

/**
 * Reads the text of a `topology.json`.
 * @param file how to call it in errors.
 * @throws TetraError `INVALID_TOPOLOGY` naming the file, and the line and column or the key.
 */
export function parseTopology(text: string, file: string): Topology {
  const value = parseJson(text, file);
  if (isTopology(value)) return value;
  const [problem] = problemsOf(value, file, () => jsonKeyLines(text));
  const { line, key, message = "is not valid" } = problem ?? {};
  throw invalid(`${file}: ${key === undefined ? "it" : `"${key}"`} ${message}`, {
    file,
    line,
    key: key ?? "",
  });
}

/** Everything that is wrong with the text of a `topology.json`. */
export function checkTopology(text: string, file: string): readonly Problem[] {
  const error = jsonErrorAt(text);
  if (error !== undefined) {
    const { line, column } = positionAt(text, error);
    const place = { file, line, column } as const;
    return [{ severity: "error", code: "INVALID_TOPOLOGY", ...place, message: "not JSON" }];
  }
  return problemsOf(JSON.parse(text), file, () => jsonKeyLines(text));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = positionAt(text, jsonErrorAt(text) ?? text.length);
    throw invalid(`${file}:${line}:${column}: not JSON`, { file, line, column }, cause);
  }
}

function problemsOf(value: unknown, file: string, lines: () => KeyLines): readonly Problem[] {
  const read = { file, code: "INVALID_TOPOLOGY", lines } as const;
  if (!isTopology(value)) return schemaProblems(topology.safeParse(value).error, read);
  return Object.entries(value).flatMap(([symbol, found]) =>
    misspelledKeys([symbol], found, Object.keys(KEYS), read),
  );
}

/** As {@link topology} decides, in a tenth of the time. */
function isTopology(value: unknown): value is Topology {
  return (
    isRecord(value) &&
    Object.entries(value).every(([symbol, found]) => /^@./u.test(symbol) && isConnector(found))
  );
}

function isConnector(value: unknown): boolean {
  return (
    isRecord(value) &&
    REQUIRED.every((key) => Object.hasOwn(value, key)) &&
    Object.entries(value).every(([key, member]) => {
      const kind = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
      return kind === undefined || ACCEPTS[kind](member);
    })
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(
  message: string,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): TetraError<TesErrorCode> {
  return new TetraError("INVALID_TOPOLOGY", message, {
    hint: 'write entries such as "@staging": {"type": "ssh", "host": "staging.example", "user": "deploy"}',
    details,
    cause,
  });
}
