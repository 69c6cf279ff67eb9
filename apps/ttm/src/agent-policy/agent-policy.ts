import { TetraError } from "@tetra/errors";
import { isAbsolute } from "node:path";
import * as z from "zod/mini";
import type { TtmErrorCode } from "../errors.ts";

/** An argument vector with wildcards: the program, then its arguments (see `allowsArguments`). */
export type CommandPattern = readonly [string, ...string[]];

/** Commands that an agent may run. */
export interface CommandRule {
  readonly run: CommandPattern;
  /** The endpoints on which. Default: all that the policy allows. */
  readonly on?: readonly string[];
  /** Whether a person has to approve each plan that has such a command. Default: no. */
  readonly approval?: boolean;
}

/** How much an agent may use. */
export interface AgentLimits {
  /** Steps of one proposal, and checks of one validation. */
  readonly steps: number;
  /** Seconds that all steps of a proposal may take together, or one check. */
  readonly seconds: number;
  /** Bytes that one command may print. */
  readonly output_bytes: number;
  /** Bytes of evidence in one transaction. */
  readonly evidence_bytes: number;
}

/** What agents may do on this machine; written by a person, as `$TETRA_DIR/config/agents.json`. */
export interface AgentPolicy {
  readonly allow: readonly CommandRule[];
  /** Commands that no rule allows. */
  readonly deny: readonly CommandPattern[];
  /** Whether shells, and programs that start others, may be given any arguments; then nothing is certain. */
  readonly shell: boolean;
  /** Folders below which evidence may come from and steps may work. Default: the working directory. */
  readonly roots: readonly string[] | undefined;
  /** Endpoints on which steps may work. */
  readonly targets: readonly string[];
  /** Services that may be started, stopped, restarted and reloaded; with `*`. */
  readonly services: readonly string[];
  /** What needs a person's approval besides what `allow` says. */
  readonly approval: {
    readonly always: boolean;
    readonly targets: readonly string[];
    readonly services: readonly string[];
  };
  /** Names of environment variables that steps may set. */
  readonly variables: readonly string[];
  /** References to secrets that steps may be given: `env:NAME`, `file:PATH`. */
  readonly secrets: readonly string[];
  readonly limits: AgentLimits;
}

/** What counts where a policy says nothing, and where there is none. */
export const DEFAULT_LIMITS: AgentLimits = {
  steps: 50,
  seconds: 3600,
  output_bytes: 10_000_000,
  evidence_bytes: 10_000_000,
};

const NOTES = z.registry<{ readonly description: string }>();

function noted<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  const copy = z.clone(schema);
  NOTES.add(copy, { description });
  return copy;
}

function strictObject<const Shape extends z.core.$ZodShape>(
  shape: Shape,
): z.ZodMiniObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `has no key ${JSON.stringify(issue.keys[0] ?? "")}: there are ${Object.keys(shape).join(", ")}`
        : "must be an object",
  });
}

const text = z
  .string({ error: "must be text" })
  .check(z.minLength(1, { error: "must not be empty" }));
const texts = z.array(text, { error: "must be a list of texts" });
const yesOrNo = z.boolean({ error: "must be true or false" });
const count = z
  .int({ error: "must be a whole number" })
  .check(z.gte(1, { error: "must be at least 1" }));
const symbol = z
  .string({ error: "must be text" })
  .check(z.regex(/^@/, { error: "must be a symbol such as @staging" }));
const symbols = z.array(symbol, { error: "must be a list of symbols such as @staging" });
const words = { error: "must be a list: a program and its arguments" };
const pattern = z.array(text, words).check(
  z.minLength(1, words),
  z.refine(([program = ""]) => !program.includes("/") || isAbsolute(program), {
    error: "must begin with a program's name or absolute path",
  }),
);
const rule = z.union(
  [
    pattern,
    strictObject({
      run: noted(pattern, "The program and its arguments; * is any text, ** any arguments."),
      on: z.exactOptional(noted(symbols, "The endpoints on which. Default: all that are allowed.")),
      approval: z.exactOptional(noted(yesOrNo, "Whether a person has to approve it each time.")),
    }),
  ],
  { error: "must be a list of a program and its arguments, or an object with run, on, approval" },
);
const folder = z
  .string({ error: "must be text" })
  .check(z.refine(isAbsolute, { error: "must be an absolute path" }));
const variable = z
  .string({ error: "must be text" })
  .check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "must be the name of a variable" }));
const secret = z.string({ error: "must be text" }).check(
  z.regex(/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/, {
    error: "must be env:NAME or file:/PATH",
  }),
);

const POLICY = strictObject({
  $schema: z.exactOptional(noted(z.string(), "Where this schema is, for editors.")),
  allow: z.exactOptional(noted(z.array(rule, { error: "must be a list" }), "What may be run.")),
  deny: z.exactOptional(
    noted(z.array(pattern, { error: "must be a list" }), "What may not, whatever allow says."),
  ),
  shell: z.exactOptional(
    noted(yesOrNo, "Whether shells and programs that start others may be used freely."),
  ),
  roots: z.exactOptional(
    noted(
      z.array(folder, { error: "must be a list of folders" }),
      "Folders that evidence comes from and steps work in. Default: the working directory.",
    ),
  ),
  targets: z.exactOptional(noted(symbols, "Where steps may work. Default: @local.")),
  services: z.exactOptional(noted(texts, "Services that may be steered; * is any text.")),
  approval: z.exactOptional(
    noted(
      strictObject({
        always: z.exactOptional(noted(yesOrNo, "Whether every plan needs a person's approval.")),
        targets: z.exactOptional(noted(symbols, "Endpoints on which every plan does.")),
        services: z.exactOptional(noted(texts, "Services of which every plan does.")),
      }),
      "What needs a person's approval besides the rules that say so.",
    ),
  ),
  variables: z.exactOptional(
    noted(
      z.array(variable, { error: "must be a list" }),
      "Environment variables that steps may set.",
    ),
  ),
  secrets: z.exactOptional(
    noted(z.array(secret, { error: "must be a list" }), "Secrets that steps may be given."),
  ),
  limits: z.exactOptional(
    noted(
      strictObject({
        steps: z.exactOptional(noted(count, "Steps of a proposal. Default: 50.")),
        seconds: z.exactOptional(noted(count, "Seconds for all of them. Default: 3600.")),
        output_bytes: z.exactOptional(
          noted(count, "Bytes that a command may print. Default: 10000000."),
        ),
        evidence_bytes: z.exactOptional(
          noted(count, "Bytes of evidence in a transaction. Default: 10000000."),
        ),
      }),
      "How much may be used.",
    ),
  ),
});

/**
 * Reads a policy.
 * @throws TetraError `INVALID_POLICY`, with the file and the place
 */
export function parseAgentPolicy(content: string, file: string): AgentPolicy {
  const result = POLICY.safeParse(jsonOf(content, file));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(file, `${placeOf(issue?.path ?? [])}${issue?.message ?? "is not a policy"}`);
  }
  const { allow = [], deny = [], approval = {}, limits = {}, ...rest } = result.data;
  return {
    allow: allow.map(ruleOf),
    deny: deny.map(nonEmpty),
    shell: rest.shell ?? false,
    roots: rest.roots,
    targets: rest.targets ?? ["@local"],
    services: rest.services ?? [],
    approval: {
      always: approval.always ?? false,
      targets: approval.targets ?? [],
      services: approval.services ?? [],
    },
    variables: rest.variables ?? [],
    secrets: rest.secrets ?? [],
    limits: { ...DEFAULT_LIMITS, ...limits },
  };
}

/** The JSON Schema of a policy, as it is published in `schemas/agents.schema.json`. */
export function agentPolicyJsonSchema(): object {
  return {
    ...z.toJSONSchema(POLICY, { metadata: NOTES, io: "input" }),
    title: "What agents may do",
  };
}

/** A rule, also where only its command is written. */
function ruleOf(written: z.infer<typeof rule>): CommandRule {
  if (Array.isArray(written)) return { run: nonEmpty(written) };
  const { run, ...how } = written;
  return { run: nonEmpty(run), ...how };
}

/** The schema has made sure that there is a first word. */
function nonEmpty([program = "", ...args]: readonly string[]): CommandPattern {
  return [program, ...args];
}

function jsonOf(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw invalid(file, `is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "" : `${path.map(String).join(".")} `;
}

/** A refusal of the file as it is: nothing of it counts. */
export function invalid(file: string, problem: string): TetraError<TtmErrorCode> {
  return new TetraError("INVALID_POLICY", `${file}: ${problem}`, {
    hint: "correct it; docs/agents.md says what it may hold",
    details: { file },
  });
}
