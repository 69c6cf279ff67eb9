/* oxlint-disable typescript/no-unsafe-type-assertion -- the builder's types are for the compiler alone; at
   run time there is one implementation, and the definition that comes out is checked */
import type { TypedAction } from "./action-registry.ts";
import { checkDefinition } from "./check-definition.ts";
import type {
  ActionStep,
  Compensation,
  RetryPolicy,
  SagaDefinition,
  SagaNode,
} from "./definition.ts";
import type { Json } from "./json.ts";
import { mounted } from "./mount.ts";
import {
  type DataFor,
  dataOf,
  type InputFor,
  inputRef,
  isRef,
  type Ref,
  type RefTo,
  resultRef,
  resultRefs,
} from "./typed-reference.ts";

declare const startsWith: unique symbol;
declare const typeOf: unique symbol;

/** What a data function gets: references, not values. It is called once, while the saga is built. */
export interface From<Input, Results> {
  /** What the saga will be started with. */
  readonly input: RefTo<Input>;
  /** Results of the steps that are certainly done before; a group's hold those of its steps. */
  readonly results: { readonly [Name in keyof Results]: RefTo<Results[Name]> };
}

/** What the data function of a compensation gets. */
export interface FromDone<Input, Results, Result> extends From<Input, Results> {
  /** The result of the step that is undone. */
  readonly result: RefTo<Result>;
}

/** Data whose type nobody knows: for actions that are named by text. */
export type AnyData =
  | string
  | number
  | boolean
  | null
  | undefined
  | Ref<unknown>
  | readonly AnyData[]
  | { readonly [key: string]: AnyData };

/** Data, or a function that makes it of references. */
export type DataSpec<Data, Source> = Data | ((from: Source) => Data);

/** How a call is repeated and limited. */
export interface AttemptSpec {
  readonly retry?: RetryPolicy;
  /** The time that one attempt may take, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
}

/** What steps of both kinds have: those with a typed action, and those with an action's name. */
export interface StepBasics<Name extends string> extends AttemptSpec {
  readonly name: Name;
  /** Who does it: an action registered for this agent (`agent:action`) goes before the general one. */
  readonly agent?: string;
  /** Once this step is done, the saga goes forward only. Not inside a parallel group. */
  readonly pivot?: boolean;
}

/** The data of a step: needed where its action needs some. */
export type DataField<Data, Source> = undefined extends Data
  ? { readonly data?: DataSpec<DataFor<Data>, Source> }
  : { readonly data: DataSpec<DataFor<Data>, Source> };

/** What undoes a step, and with which data. */
export type CompensationSpec<Data, Own, Source> =
  | string
  | TypedAction<Data, unknown>
  | (AttemptSpec & { readonly action: string; readonly data?: DataSpec<AnyData, Source> })
  | (AttemptSpec & { readonly action: TypedAction<Data, unknown>; readonly data?: never })
  | (AttemptSpec & {
      readonly action: TypedAction<Own, unknown>;
      readonly data: DataSpec<DataFor<Own>, Source>;
    });

/** A step whose action has types. */
export type TypedStep<Name extends string, Data, Result, Own, Input, Results> = StepBasics<Name> &
  DataField<NoInfer<Data>, From<Input, Results>> & {
    readonly action: TypedAction<Data, Result>;
    /**
     * What undoes it. An action without data gets the step's own. Absent: the step is skipped when the
     * saga turns back.
     */
    readonly compensate?: CompensationSpec<
      NoInfer<Data>,
      Own,
      FromDone<Input, Results, NoInfer<Result>>
    >;
  };

/** A step whose action is named by text. */
export interface NamedStep<Name extends string, Own, Input, Results> extends StepBasics<Name> {
  readonly action: string;
  readonly data?: DataSpec<AnyData, From<Input, Results>>;
  /** What undoes it. An action without data gets the step's own. */
  readonly compensate?: CompensationSpec<never, Own, FromDone<Input, Results, unknown>>;
}

/** The type of what a signal brings; see {@link ofType}. */
export interface TypeOf<T> {
  /** The type, to the compiler alone. */
  readonly [typeOf]?: T;
}

/** Says of which type the value of a signal is: `awaitSignal({ name: "dns", value: ofType<string>() })`. */
export function ofType<T>(): TypeOf<T> {
  return {};
}

/** A wait that may be limited. */
export interface WaitSpec<Name extends string> {
  readonly name: Name;
  /** How long to wait, in milliseconds; then the saga turns back. Default: no limit. */
  readonly timeoutMs?: number;
}

/** A wait for a person. */
export interface ApprovalSpec<Name extends string> extends WaitSpec<Name> {
  /** What the person is asked. */
  readonly message?: string;
}

/** A wait for a word from outside. */
export interface SignalSpec<Name extends string, Value> extends WaitSpec<Name> {
  readonly value?: TypeOf<Value>;
}

/** What a nested saga gets. */
export interface NestedSpec<Inner, Source> {
  readonly input: DataSpec<DataFor<Inner>, Source>;
  /** The time that all of it may take, in milliseconds. Default: what it says itself. */
  readonly timeoutMs?: number;
}

/** Adds one more result to those known. */
export type With<Results, Name extends string, Result> = Results & {
  readonly [Key in Name]: Result;
};

/**
 * Puts a saga together. Every call gives a new builder and leaves this one as it was. What refers to a
 * step that is not done before does not compile.
 */
export interface SagaBuilder<Input, Results> {
  /** The type of the input, to the compiler alone. */
  readonly [startsWith]?: (input: Input) => void;
  // the typed form comes last, because the compiler explains what is wrong by the last one
  /** Adds a step whose action is named by text; its result has no known type (see `field`). */
  step<const Name extends string, Own = unknown>(
    spec: NamedStep<Name, Own, Input, Results>,
  ): SagaBuilder<Input, With<Results, Name, unknown>>;
  /** Adds a step with a typed action. */
  step<const Name extends string, Data, Result, Own = unknown>(
    spec: TypedStep<Name, Data, Result, Own, Input, Results>,
  ): SagaBuilder<Input, With<Results, Name, Result>>;
  /** Adds steps that run at the same time. They cannot refer to each other. */
  parallel<const Name extends string, Own>(
    name: Name,
    steps: (group: GroupBuilder<Input, Results, unknown>) => GroupBuilder<Input, Results, Own>,
  ): SagaBuilder<Input, With<Results, Name, Own>>;
  /** Adds a saga as a step, and says what it gets for its input. */
  saga<const Name extends string, Inner, Own>(
    name: Name,
    nested: SagaBuilder<Inner, Own>,
    spec: NestedSpec<NoInfer<Inner>, From<Input, Results>>,
  ): SagaBuilder<Input, With<Results, Name, Own>>;
  /** Adds a saga that needs no input as a step. */
  saga<const Name extends string, Own>(
    name: Name,
    nested: SagaBuilder<unknown, Own>,
  ): SagaBuilder<Input, With<Results, Name, Own>>;
  /** Waits until a person allows the rest. */
  awaitApproval(spec: ApprovalSpec<string>): SagaBuilder<Input, Results>;
  /** Waits for a word from outside; its value is the result. */
  awaitSignal<const Name extends string, Value = unknown>(
    spec: SignalSpec<Name, Value>,
  ): SagaBuilder<Input, With<Results, Name, Value>>;
  /** Waits for so many milliseconds. */
  sleep(spec: { readonly name: string; readonly forMs: number }): SagaBuilder<Input, Results>;
  /** Waits for a moment, in milliseconds since the epoch. */
  sleepUntil(spec: {
    readonly name: string;
    readonly until: DataSpec<number | Ref<number>, From<Input, Results>>;
  }): SagaBuilder<Input, Results>;
  /**
   * The definition, checked.
   * @throws TetraError `INVALID_SAGA`
   */
  build(): SagaDefinition;
  /**
   * The definition with what it is started with, checked.
   * @throws TetraError `INVALID_SAGA`
   */
  with(input: InputFor<Input>): SagaDefinition;
}

/** Puts a parallel group together. `Before` is what its steps may refer to, `Own` their results. */
export interface GroupBuilder<Input, Before, Own> {
  /** Adds a step whose action is named by text. It cannot be a pivot. */
  step<const Name extends string, Undo = unknown>(
    spec: NamedStep<Name, Undo, Input, Before> & { readonly pivot?: never },
  ): GroupBuilder<Input, Before, With<Own, Name, unknown>>;
  /** Adds a step with a typed action. It cannot be a pivot. */
  step<const Name extends string, Data, Result, Undo = unknown>(
    spec: TypedStep<Name, Data, Result, Undo, Input, Before> & { readonly pivot?: never },
  ): GroupBuilder<Input, Before, With<Own, Name, Result>>;
  /** Adds a group inside this one. */
  parallel<const Name extends string, Inner>(
    name: Name,
    steps: (group: GroupBuilder<Input, Before, unknown>) => GroupBuilder<Input, Before, Inner>,
  ): GroupBuilder<Input, Before, With<Own, Name, Inner>>;
  /** Adds a saga: a branch of several steps, one after the other. */
  saga<const Name extends string, Inner, Results>(
    name: Name,
    nested: SagaBuilder<Inner, Results>,
    spec: NestedSpec<NoInfer<Inner>, From<Input, Before>>,
  ): GroupBuilder<Input, Before, With<Own, Name, Results>>;
  /** Adds a saga that needs no input. */
  saga<const Name extends string, Results>(
    name: Name,
    nested: SagaBuilder<unknown, Results>,
  ): GroupBuilder<Input, Before, With<Own, Name, Results>>;
  /** Waits until a person allows the rest. */
  awaitApproval(spec: ApprovalSpec<string>): GroupBuilder<Input, Before, Own>;
  /** Waits for a word from outside; its value is the result. */
  awaitSignal<const Name extends string, Value = unknown>(
    spec: SignalSpec<Name, Value>,
  ): GroupBuilder<Input, Before, With<Own, Name, Value>>;
}

/**
 * Begins a saga: `saga<Input>("onboarding").step({ … }).step({ … }).with(input)`. Data functions get
 * references to the input and to results of earlier steps; what they return is recorded, and they are
 * never called again.
 */
export function saga<Input = unknown>(
  name: string,
  options: { readonly timeoutMs?: number } = {},
): SagaBuilder<Input, unknown> {
  const head = { name, ...timeLimit(options.timeoutMs) };
  return sequence(head, []) as unknown as SagaBuilder<Input, unknown>;
}

// What the implementation knows of the types above.

interface AnyCall extends AttemptSpec {
  readonly action: string | TypedAction<never, unknown>;
  readonly data?: unknown;
}

interface AnyStep extends AnyCall, StepBasics<string> {
  readonly action: string | TypedAction<never, unknown>;
  readonly compensate?: string | TypedAction<never, unknown> | AnyCall;
}

interface Sequence {
  readonly build: () => SagaDefinition;
}

interface Group {
  readonly nodes: readonly SagaNode[];
}

interface Place {
  /** The names of what the steps are in. */
  readonly inside: readonly string[];
  readonly before: ReadonlySet<string>;
}

function sequence(head: Omit<SagaDefinition, "steps">, nodes: readonly SagaNode[]): Sequence {
  const place: Place = { inside: [], before: new Set(nodes.map((node) => node.name)) };
  const definition = { ...head, steps: nodes };
  return {
    ...adders(place, (node) => sequence(head, [...nodes, node])),
    build: () => checkDefinition(definition, "saga"),
    // one array of steps for all inputs: it is checked once
    with: (input: unknown) => checkDefinition({ ...definition, input: dataOf(input) }, "saga"),
  } as Sequence;
}

function group(place: Place, nodes: readonly SagaNode[]): Group {
  return { ...adders(place, (node) => group(place, [...nodes, node])), nodes };
}

function adders(place: Place, add: (node: SagaNode) => object): object {
  const from = { input: inputRef(), results: resultRefs(place.before) };
  return {
    step: (spec: AnyStep) => add(stepNode(spec, place, from)),
    parallel: (name: string, steps: (empty: Group) => Group) => {
      const inner = { ...place, inside: [...place.inside, name] };
      return add({ type: "parallel", name, steps: steps(group(inner, [])).nodes });
    },
    saga: (name: string, nested: Sequence, spec?: NestedSpec<unknown, unknown>) => {
      const { steps, timeoutMs } = nested.build();
      const input = spec === undefined ? { $input: [] } : dataFrom(spec.input, from);
      const path = pathIn(place, name);
      return add({
        type: "saga",
        name,
        steps: mounted(steps, { path, input }),
        ...timeLimit(spec?.timeoutMs ?? timeoutMs),
      });
    },
    awaitApproval: (spec: ApprovalSpec<string>) => add({ type: "approval", ...spec }),
    awaitSignal: ({ value: _type, ...spec }: SignalSpec<string, unknown>) =>
      add({ type: "signal", ...spec }),
    sleep: (spec: { name: string; forMs: number }) => add({ type: "sleep", ...spec }),
    sleepUntil: ({ name, until }: { name: string; until: unknown }) =>
      add({ type: "sleep", name, until: dataFrom(until, from) }),
  };
}

function stepNode(spec: AnyStep, place: Place, from: object): ActionStep {
  const { compensate, agent, pivot, ...call } = spec;
  const result = resultRef(pathIn(place, spec.name));
  return {
    type: "step",
    name: spec.name,
    ...(agent === undefined ? {} : { agent }),
    ...callOf(call, from),
    ...(pivot === undefined ? {} : { pivot }),
    ...(compensate === undefined
      ? {}
      : { compensate: callOf(callFor(compensate), { ...from, result }) }),
  };
}

function callFor(compensate: NonNullable<AnyStep["compensate"]>): AnyCall {
  return typeof compensate === "string" || "run" in compensate
    ? { action: compensate }
    : compensate;
}

function callOf({ action, data, retry, timeoutMs }: AnyCall, from: object): Compensation {
  return {
    action: typeof action === "string" ? action : action.name,
    ...(data === undefined ? {} : { data: dataFrom(data, from) }),
    ...(retry === undefined ? {} : { retry }),
    ...timeLimit(timeoutMs),
  };
}

function dataFrom(data: unknown, from: object): Json {
  // a reference is a function too, as far as JavaScript can tell
  return dataOf(typeof data === "function" && !isRef(data) ? data(from) : data);
}

function pathIn({ inside: [first, ...rest] }: Place, name: string): [string, ...string[]] {
  return first === undefined ? [name] : [first, ...rest, name];
}

function timeLimit(timeoutMs: number | undefined): { readonly timeoutMs?: number } {
  return timeoutMs === undefined ? {} : { timeoutMs };
}
