import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import type { TesErrorCode } from "./errors.ts";
import { jsonErrorAt, positionAt } from "./json-syntax.ts";
import { isSshDestination } from "./ssh-destination.ts";

/** How to reach what a symbol stands for. Further keys are passed through. */
export interface Connector {
  readonly type: "local" | "ssh";
  /** Name or address. */
  readonly host: string;
  /** Who to be there. Absent: whoever the ssh configuration says. */
  readonly user?: string;
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

const word = z
  .string("must be text")
  .check(z.refine(isSshDestination, "must be one word that does not begin with -"));

// loose: later levels (auth_user, auth_key …) and other tools add keys of their own
const topology: z.ZodMiniType<Record<string, Connector>> = z.record(
  z.string().check(z.regex(/^@./u, "must begin with @")),
  z.looseObject(
    {
      type: z.enum(["local", "ssh"], 'must be "local" or "ssh"'),
      host: word,
      user: z.exactOptional(word),
    },
    "must be an object with type and host",
  ),
  "must be an object of symbols",
);

/**
 * Reads the text of a `topology.json`.
 * @param file how to call it in errors.
 * @throws TetraError `INVALID_TOPOLOGY` naming the file, and the line and column or the key.
 */
export function parseTopology(text: string, file: string): Topology {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { line, column } = positionAt(text, jsonErrorAt(text) ?? text.length);
    throw invalid(`${file}:${line}:${column}: not JSON`, { file, line, column }, cause);
  }
  if (isTopology(value)) return value;
  const [issue] = topology.safeParse(value).error?.issues ?? [];
  const key = (issue?.path ?? []).join(".");
  const what = reasonOf(issue);
  throw invalid(`${file}: ${key === "" ? "it" : `"${key}"`} ${what}`, { file, key });
}

/** The value itself is handed on: the schema's output would have its keys in another order. */
function isTopology(value: unknown): value is Topology {
  return topology.safeParse(value).success;
}

/** A key that is refused says so one level further down than a value. */
function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  const inner = issue?.code === "invalid_key" ? issue.issues[0] : issue;
  return inner?.message ?? "is not valid";
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
