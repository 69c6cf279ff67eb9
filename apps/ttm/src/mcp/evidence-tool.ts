import * as z from "zod";
import { guardedPlaces, rootsOf } from "../agent-policy/agent-ground.ts";
import { DEFAULT_LIMITS } from "../agent-policy/agent-policy.ts";
import { readPolicy } from "../agent-policy/policy-file.ts";
import { withStore } from "../open-store.ts";
import { readEvidence, tooMuch } from "./evidence-source.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { ID } from "./tool-inputs.ts";
import { tellOurs } from "./told-transaction.ts";

interface Wanted {
  readonly id: string;
  readonly description: string;
  readonly path?: string;
  readonly text?: string;
  readonly suffix: string;
}

const input: z.ZodType<Wanted> = z
  .strictObject({
    id: ID,
    description: z.string().min(1).max(150).describe("Becomes part of the file's name."),
    path: z.exactOptional(
      z
        .string()
        .min(1)
        .max(4096)
        .describe("A file below the working directory or the allowed roots."),
    ),
    text: z.exactOptional(z.string().max(8_000_000).describe("Instead of path: the content.")),
    suffix: z
      .string()
      .regex(/^\.[A-Za-z0-9]{1,16}$/u)
      .default(".md")
      .describe("With text: the suffix of the file."),
  })
  .refine(({ path, text }) => (path === undefined) !== (text === undefined), {
    error: "give either path or text",
  });

interface Added {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
}

const output: z.ZodType<Added> = z.object({
  id: z.string(),
  name: z.string(),
  digest: z.string().describe("SHA-256"),
  bytes: z.number(),
});

/** `add_evidence` */
export const addEvidence: Tool<Wanted, Added> = {
  name: "add_evidence",
  title: "Add evidence",
  description:
    "Copies a file, or writes a text, into a transaction, for whoever looks at it later: what was found, the diff, the configuration.",
  input,
  output,
  effect: "adds",
  isIdempotent: false,
  async run(wanted, call) {
    const { app } = call.session;
    const { view } = await tellOurs(call.session, wanted.id);
    const { bytes, name } = contentOf(wanted, call);
    const most = (readPolicy(call.session.policyFile)?.limits ?? DEFAULT_LIMITS).evidence_bytes;
    const already = view.evidence.reduce((sum, each) => sum + each.bytes, 0);
    if (already + bytes.length > most) throw tooMuch(wanted.description, most);
    const added = await withStore(app, "write", ({ manager }) =>
      manager.addContext({ source: { bytes, name }, description: wanted.description }, view.id),
    );
    return {
      data: { id: view.id, ...added, bytes: bytes.length },
      text: `Added ${added.name} to ${view.id}`,
    };
  },
};

/** What becomes evidence, and the name that it is recorded as coming from. */
function contentOf(
  { path, text = "", suffix }: Wanted,
  { session: { app, policyFile, agent } }: ToolCall,
): { readonly bytes: Uint8Array; readonly name: string } {
  if (path === undefined) {
    const author = agent().replaceAll(/[./]/gu, "-");
    return { bytes: new TextEncoder().encode(text), name: `written by ${author}${suffix}` };
  }
  const policy = readPolicy(policyFile) ?? { roots: undefined, limits: DEFAULT_LIMITS };
  const bytes = readEvidence(path, {
    roots: rootsOf(policy, app.cwd()),
    guarded: guardedPlaces(app, policyFile),
    cwd: app.cwd(),
    mostBytes: policy.limits.evidence_bytes,
  });
  return { bytes, name: path.split("/").at(-1) ?? path };
}
