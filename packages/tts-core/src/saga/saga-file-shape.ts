import * as z from "zod/mini";
import { SAGA_NAME } from "./check-definition.ts";
import { DURATION } from "./duration.ts";
import { strictObject } from "./strict-shape.ts";

// The shape of a saga's file. The parser takes it apart piece by piece, so that a message is about the
// piece that is wrong; the published JSON Schema is made of the same pieces.

/** Text, or what YAML takes for something else although text was meant. */
export type Scalar = string | number | boolean;
/** A value of an environment variable. */
export type EnvValue = Scalar | { readonly secret: string };
/** A command: text for `sh -c`, or a program and its arguments. */
export type Command = string | readonly Scalar[];

/** How a call is repeated. */
export interface RetryKeys {
  readonly attempts: number;
  readonly first?: string;
  readonly factor?: number;
  readonly max?: string;
}

/** What every call may have. */
export interface CallKeys {
  readonly timeout?: string;
  readonly retry?: RetryKeys;
}

/** A command with what is around it. */
export interface RunKeys extends CallKeys {
  readonly run: Command;
  readonly env?: Readonly<Record<string, EnvValue>>;
  readonly cwd?: string;
  readonly on?: string;
}

/** A registered action. */
export interface ActionKeys extends CallKeys {
  readonly action: string;
  readonly data?: unknown;
}

/** What both kinds of steps that do something have. */
export interface StepKeys {
  readonly name: string;
  readonly agent?: string;
  readonly pivot?: boolean;
  readonly undo?: unknown;
}

/** Each kind of step by the key that makes it one. */
export interface StepKinds {
  readonly run: StepKeys & RunKeys;
  readonly action: StepKeys & ActionKeys;
  readonly parallel: { readonly parallel: string; readonly steps: readonly unknown[] };
  readonly saga: {
    readonly saga: string;
    readonly steps: readonly unknown[];
    readonly timeout?: string;
  };
  readonly approval: {
    readonly approval: string;
    readonly message?: string;
    readonly timeout?: string;
  };
  readonly signal: { readonly signal: string; readonly timeout?: string };
  readonly sleep: { readonly sleep: string; readonly name: string };
  readonly until: { readonly until: string; readonly name: string };
}

/** A variable: its default, or what else is known of it. */
export type Variable =
  | Scalar
  | { readonly required: true; readonly description?: string }
  | { readonly default: Scalar; readonly description?: string }
  | { readonly secret: string; readonly description?: string };

/** The file as a whole. */
export interface FileKeys {
  readonly saga: string;
  readonly description?: string;
  readonly target?: string;
  readonly vars?: Readonly<Record<string, Variable>>;
  readonly env?: Readonly<Record<string, EnvValue>>;
  readonly cwd?: string;
  readonly timeout?: string;
  readonly steps: readonly unknown[];
}

const NOTES = z.registry<{ readonly description: string }>();

function noted<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  const copy = z.clone(schema);
  NOTES.add(copy, { description });
  return copy;
}

const text = z
  .string({ error: "must be text" })
  .check(z.minLength(1, { error: "must not be empty" }));
const anyText = z.string({ error: "must be text" });
const name = z.string({ error: "must be text" }).check(
  z.regex(SAGA_NAME, {
    error: "must be 1 to 64 of A-Z a-z 0-9 _ . - without spaces, the first no sign",
  }),
);
const duration = z
  .string({ error: "must be a time such as 30s, 5m or 1.5h" })
  .check(z.regex(DURATION, { error: "must be a time such as 30s, 5m or 1.5h" }));
const yesOrNo = z.boolean({ error: "must be true or false" });
const scalar = z.union([z.string(), z.int(), z.boolean()], {
  error: "must be text, a whole number, true or false; put anything else in quotes",
});
const secretText = z.string({ error: "must be env:NAME or file:PATH" }).check(
  z.regex(/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:[\s\S]+)$/, {
    error: "must be env:NAME or file:PATH",
  }),
);
const variableName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/));
const list = z
  .array(z.unknown(), { error: "must be a list" })
  .check(z.minLength(1, { error: "must hold at least one step" }));

const env = z.record(
  variableName,
  z.union([scalar, strictObject({ secret: secretText })], {
    error: "must be text, a whole number, true or false, or { secret: env:NAME }",
  }),
  {
    error: (issue) =>
      issue.code === "invalid_key"
        ? "is no name of a variable: use letters, digits and _"
        : "must be an object",
  },
);

const COMMAND_PROBLEM =
  "must be a command as text, or a list of a program and its arguments, numbers such as 1.10 in quotes";
const command = z.union(
  [
    z.string().check(z.minLength(1, { error: COMMAND_PROBLEM })),
    z.array(scalar).check(z.minLength(1, { error: COMMAND_PROBLEM })),
  ],
  { error: COMMAND_PROBLEM },
);

const retry = strictObject({
  attempts: noted(
    z.int({ error: "must be a whole number" }).check(z.gte(1, { error: "must be at least 1" })),
    "Attempts in all, the first included.",
  ),
  first: z.exactOptional(noted(duration, "The longest pause before the second attempt.")),
  factor: z.exactOptional(
    noted(
      z.number({ error: "must be a number" }).check(z.gte(1, { error: "must be at least 1" })),
      "By how much the longest pause grows each time.",
    ),
  ),
  max: z.exactOptional(noted(duration, "What the longest pause never exceeds.")),
});

const call = {
  timeout: z.exactOptional(noted(duration, "The time that one attempt may take.")),
  retry: z.exactOptional(noted(retry, "How often it is tried again, and how long apart.")),
};
const runKeys = {
  run: noted(command, "Text runs under sh -c; a list is a program and its arguments."),
  env: z.exactOptional(noted(env, "Environment variables; secrets by reference.")),
  cwd: z.exactOptional(noted(text, "The folder that it runs in.")),
  on: z.exactOptional(noted(text, "The endpoint that it runs on, such as @staging.")),
  ...call,
};
const actionKeys = {
  action: noted(text, "Name of a registered action."),
  data: z.exactOptional(noted(z.unknown(), "What the action gets.")),
  ...call,
};
const stepKeys = {
  name: noted(name, "What the step is called, unique beside it."),
  agent: z.exactOptional(noted(text, "Who does it.")),
  pivot: z.exactOptional(noted(yesOrNo, "Once this is done, there is no way back.")),
  undo: z.exactOptional(z.unknown()),
};

const runUndo = strictObject(runKeys);
const actionUndo = strictObject(actionKeys);
/** What undoes a step, where it is an object. */
export const UNDO: Readonly<{
  run: z.ZodMiniType<RunKeys>;
  action: z.ZodMiniType<ActionKeys>;
}> = { run: runUndo, action: actionUndo };

/** A command alone. */
export const COMMAND: z.ZodMiniType<Command> = command;

const wait = {
  timeout: z.exactOptional(noted(duration, "How long to wait; then the saga turns back.")),
};
const allOfIt = {
  timeout: z.exactOptional(noted(duration, "The time that all of it may take.")),
};

const KINDS = {
  run: strictObject({ ...stepKeys, ...runKeys }),
  action: strictObject({ ...stepKeys, ...actionKeys }),
  parallel: strictObject({ parallel: name, steps: list }),
  saga: strictObject({ saga: name, steps: list, ...allOfIt }),
  approval: strictObject({
    approval: name,
    message: z.exactOptional(noted(anyText, "What the person is asked.")),
    ...wait,
  }),
  signal: strictObject({ signal: name, ...wait }),
  sleep: strictObject({ sleep: duration, name }),
  until: strictObject({ until: noted(text, "A moment, RFC 3339."), name }),
};

/** Each kind of step by the key that makes it one. Steps inside are checked in their turn. */
export const STEPS: { readonly [Kind in keyof StepKinds]: z.ZodMiniType<StepKinds[Kind]> } = KINDS;

const described = { description: z.exactOptional(anyText) };
const variable = z.union(
  [
    scalar,
    strictObject({ required: z.literal(true), ...described }),
    strictObject({ default: scalar, ...described }),
    strictObject({ secret: secretText, ...described }),
  ],
  {
    error:
      "must be a default (text, a whole number, true or false), { required: true }, { default: … } or { secret: env:NAME }",
  },
);

const fileKeys = {
  $schema: z.exactOptional(noted(anyText, "Where this schema is, for editors.")),
  saga: noted(name, "What the saga is called."),
  description: z.exactOptional(noted(anyText, "What it is for; ${variable} is filled in.")),
  target: z.exactOptional(noted(text, "The endpoint that it is about, such as @staging.")),
  vars: z.exactOptional(
    noted(
      z.record(variableName, variable, {
        error: (issue) =>
          issue.code === "invalid_key"
            ? "is no name of a variable: use letters, digits and _"
            : "must be an object",
      }),
      "Variables, ${name} in texts: a default, or required, or a secret.",
    ),
  ),
  env: z.exactOptional(noted(env, "Environment variables of every command.")),
  cwd: z.exactOptional(noted(text, "The folder that commands run in.")),
  ...allOfIt,
  steps: noted(list, "What is done, in order."),
};

/** The file as a whole, without what is in its steps. */
export const FILE: z.ZodMiniType<FileKeys> = strictObject(fileKeys);

/** The JSON Schema of a saga's file, as it is published in `schemas/saga.schema.json`. */
export function sagaFileJsonSchema(): object {
  const undo = z.exactOptional(
    noted(z.union([command, runUndo, actionUndo]), "What undoes the step."),
  );
  const steps = z.array(z.lazy((): z.ZodMiniType => step)).check(z.minLength(1));
  const step: z.ZodMiniType = z.union([
    z.extend(KINDS.run, { undo }),
    z.extend(KINDS.action, { undo }),
    z.extend(KINDS.parallel, { steps }),
    z.extend(KINDS.saga, { steps }),
    KINDS.approval,
    KINDS.signal,
    KINDS.sleep,
    KINDS.until,
  ]);
  const file = z.extend(strictObject(fileKeys), { steps: noted(steps, "What is done, in order.") });
  return { ...z.toJSONSchema(file, { metadata: NOTES, io: "input" }), title: "Tetra saga" };
}
