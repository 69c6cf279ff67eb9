import { TetraError } from "@tetra/errors";
import {
  type Clock,
  newEvent,
  type TransactionBlobs,
  type TransactionStore,
} from "@tetra/tts-core";
import * as z from "zod/mini";
import { contentId } from "../evidence/evidence-file.ts";
import { changeFlow } from "../flow/change-flow.ts";
import type { AssembledPrompt } from "./assemble.ts";
import type { ContextErrorCode } from "./errors.ts";

// R1. Prompt and list are durable before the event that names them: what the log says a model saw can be shown.
// R2. A prompt is kept under its digest: the same prompt again is the same file, and none replaces another.

/** What is recorded of a prompt besides its text. */
export type PromptRecord = Omit<AssembledPrompt, "text">;

/** A prompt that was kept, and what is known of it. */
export interface KeptPrompt {
  readonly text: string;
  readonly record: PromptRecord;
  /** When it was assembled last (UTC, RFC 3339). */
  readonly ts: string;
}

const FOLDER = "prompts";
const encoder = new TextEncoder();

/** Keeps a prompt among the artifacts of its flow, with the list of what is in it, and records that. */
export async function keepPrompt(
  { store, clock }: { readonly store: TransactionStore; readonly clock: Clock },
  id: string,
  { text, ...record }: AssembledPrompt,
): Promise<void> {
  const { digest, tokens, encoding } = record;
  const file = fileOf(digest);
  await store.putArtifact(id, `${file}.mdctx`, encoder.encode(text));
  await store.putArtifact(
    id,
    `${file}.json`,
    encoder.encode(`${JSON.stringify(record, null, 2)}\n`),
  );
  const event = { digest, tokens, encoding, file: `${file}.mdctx` };
  await changeFlow({ store }, id, () => [newEvent("prompt_assembled", clock.now(), event)]); // R1
}

/**
 * The prompts that were assembled for a flow, oldest first, each once, by digest.
 */
export async function promptsOf(
  store: Pick<TransactionStore, "read">,
  id: string,
): Promise<readonly { readonly digest: string; readonly ts: string; readonly tokens: number }[]> {
  const prompts = new Map<string, { digest: string; ts: string; tokens: number }>();
  for (const { event } of await store.read(id)) {
    const parsed = eventShape.safeParse(event);
    if (!parsed.success) continue;
    const { digest, ts, tokens } = parsed.data;
    prompts.delete(digest); // the last time counts
    prompts.set(digest, { digest, ts, tokens });
  }
  return [...prompts.values()];
}

/**
 * A prompt as it was assembled: the last, or the one whose digest begins so (with or without `sha256:`).
 * @throws TetraError `NOT_FOUND`; `INVALID_INPUT` when several digests begin so; `IMAGE_DAMAGED` when the kept
 *   text is not what was recorded.
 */
export async function keptPrompt(
  store: Pick<TransactionStore, "read"> & Pick<TransactionBlobs, "readArtifact">,
  id: string,
  digest = "",
): Promise<KeptPrompt> {
  const wanted = digest.replace(/^sha256:/, "");
  const prompts = await promptsOf(store, id);
  const fitting = prompts.filter((prompt) =>
    prompt.digest.slice("sha256:".length).startsWith(wanted),
  );
  const last = fitting.at(-1);
  if (last === undefined) throw notThere(id, digest);
  if (digest !== "" && fitting.length > 1) throw ambiguous(id, digest);
  const file = fileOf(last.digest);
  const bytes = await store.readArtifact(id, `${file}.mdctx`);
  const record = await store.readArtifact(id, `${file}.json`);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  if (contentId(bytes) !== last.digest) throw damaged(id, `${file}.mdctx`);
  return {
    text: decoder.decode(bytes),
    record: recordOf(decoder.decode(record), () => damaged(id, `${file}.json`)),
    ts: last.ts,
  };
}

function fileOf(digest: string): string {
  return `${FOLDER}/${digest.slice("sha256:".length, "sha256:".length + 16)}`;
}

const digestText = z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/));
const eventShape = z.object({
  event: z.literal("prompt_assembled"),
  ts: z.string(),
  digest: digestText,
  tokens: z.number(),
});
const cut = z.object({ line: z.number(), of: z.number() });
const recordShape: z.ZodMiniType<PromptRecord> = z.object({
  digest: digestText,
  encoding: z.string(),
  budget: z.number(),
  tokens: z.number(),
  parts: z.array(
    z.object({
      kind: z.enum(["instructions", "evidence"]),
      path: z.string(),
      span: z.string(),
      digest: z.string(),
      tokens: z.number(),
      tags: z.exactOptional(z.array(z.string())),
      cut: z.exactOptional(cut),
    }),
  ),
  leftOut: z.array(
    z.object({
      path: z.string(),
      span: z.string(),
      reason: z.enum([
        "binary",
        "unreadable",
        "missing",
        "too large",
        "outside",
        "no match",
        "duplicate",
        "over budget",
      ]),
      detail: z.exactOptional(z.string()),
      tokens: z.exactOptional(z.number()),
    }),
  ),
});

function recordOf(text: string, refuse: () => Error): PromptRecord {
  try {
    return recordShape.parse(JSON.parse(text));
  } catch {
    throw refuse();
  }
}

function notThere(id: string, digest: string): TetraError<ContextErrorCode> {
  const which =
    digest === "" ? "no prompt was assembled" : `no prompt's digest begins with ${digest}`;
  return new TetraError("NOT_FOUND", `${id}: ${which}`, {
    hint: digest === "" ? "assemble one" : "list the prompts to see their digests",
    details: { id },
  });
}

function ambiguous(id: string, digest: string): TetraError<ContextErrorCode> {
  return new TetraError("INVALID_INPUT", `${id}: several prompts' digests begin with ${digest}`, {
    hint: "give more of it",
    details: { id, digest },
  });
}

function damaged(id: string, file: string): TetraError<ContextErrorCode> {
  return new TetraError("IMAGE_DAMAGED", `${id}: ${file} is not what was recorded`, {
    hint: "assemble the prompt again; what the model saw cannot be shown any more",
    details: { id, file },
  });
}
