import { isDeepStrictEqual } from "node:util";
import type { ActionCall } from "../../src/saga/action.ts";
import type { ActionStep, RetryPolicy, SagaDefinition } from "../../src/saga/definition.ts";
import type { EventRecord } from "../../src/transaction/event.ts";
import { isBefore, type Leaf, leavesOf } from "./outline.ts";

// What must hold, worked out from the log line by line and from the calls, without the engine's code.

/** A direction of a step: doing it, or undoing it. */
export type Direction = "forward" | "back";

interface Attempt {
  readonly key: string;
  end?: "completed" | "failed" | "unknown";
  retryAt?: number | undefined;
}

interface Side {
  readonly attempts: Attempt[];
  isCompleted: boolean;
  isSettled: boolean;
  isFailed: boolean;
  /** Since a person looked after it. */
  failures: number;
}

interface Step {
  readonly leaf: Leaf;
  readonly forward: Side;
  readonly back: Side;
  needsPerson: boolean;
  result?: unknown;
}

/** What is known of one saga. */
export interface Chronicle {
  /** Takes note of the next line. */
  observe(event: EventRecord): void;
  /** An action is called. `underWay`: paths of the steps whose actions are working forward. */
  called(direction: Direction, call: ActionCall, underWay: readonly string[]): void;
  /** Whether the log tells how an attempt ended. */
  hasEnded(direction: Direction, path: string, attempt: number): boolean;
  /** Compares with what took effect in the world, by path. */
  compare(effects: ReadonlyMap<string, "done" | "undone">): void;
  /** Since when a word is there that the runner has to act on: milliseconds since the epoch. */
  unheardSince(): number | undefined;
  readonly ended: () => "DONE" | "FAIL" | undefined;
  readonly isTurnedBack: () => boolean;
}

/** What a chronicle needs to know besides the log. */
export interface ChronicleParts {
  readonly id: string;
  readonly definition: SagaDefinition;
  readonly secret: string;
  /** Called with everything that must not be. */
  readonly report: (problem: string) => void;
  readonly readArtifact: (name: string) => unknown;
}

/** Begins the chronicle of a saga. */
export function chronicle(parts: ChronicleParts): Chronicle {
  const { id, definition, secret, readArtifact } = parts;
  const steps = new Map(leavesOf(definition).map((leaf) => [leaf.path, blank(leaf)]));
  const timers = new Map<string, number>();
  const approved = new Set<string>();
  const rejected = new Set<string>();
  const signals = new Map<string, unknown>();
  let at = 0;
  let lastMs = 0;
  let startedMs = 0;
  let isTurnedBack = false;
  let isUndo = false;
  let cancelledMs: number | undefined;
  let ended: "DONE" | "FAIL" | undefined;

  const report = (problem: string): void => parts.report(`${id}: ${problem}`);
  function demand(holds: boolean, problem: string): void {
    if (!holds) report(`line ${at - 1}: ${problem}`);
  }

  const isDone = ({ forward }: Step): boolean => forward.isCompleted || forward.isSettled;
  const mayHaveActed = ({ forward }: Step): boolean =>
    forward.attempts.some((attempt) => attempt.end === undefined || attempt.end === "unknown");
  const isPivot = ({ leaf }: Step): boolean =>
    leaf.node.type === "step" && leaf.node.pivot === true;
  const isUndoable = ({ leaf }: Step): boolean =>
    leaf.node.type === "step" && leaf.node.compensate !== undefined;
  const hasToBeUndone = (step: Step): boolean =>
    isUndoable(step) && (isDone(step) || mayHaveActed(step));
  const isDealtWith = ({ back, needsPerson }: Step): boolean =>
    back.isCompleted || back.isSettled || (back.isFailed && needsPerson);
  const wayBackIsOpen = (): boolean =>
    [...steps.values()].every((step) => !isPivot(step) || !(isDone(step) || mayHaveActed(step)));

  function stepOf(event: EventRecord): Step {
    const step = steps.get(String(event["step"]));
    if (step !== undefined) return step;
    report(`line ${at - 1}: there is no step ${String(event["step"])}`);
    return blank({ path: "?", node: { type: "sleep", name: "?" }, trail: [] });
  }

  /** What must hold whenever the saga goes forward. */
  function checkForward(step: Step, atMs: number): void {
    const { path, trail } = step.leaf;
    demand(!isTurnedBack, `${path} goes on although the saga turned back`);
    for (const other of steps.values()) {
      if (isBefore(other.leaf, step.leaf)) {
        demand(isDone(other), `${path} goes on before ${other.leaf.path} is done`);
      }
    }
    for (const { limited } of trail) {
      if (limited !== undefined) demand(timers.has(limited), `nobody set a limit for ${limited}`);
    }
    if (!wayBackIsOpen()) return;
    demand(cancelledMs === undefined, `${path} goes on although the saga was cancelled`);
    demand(rejected.size === 0, `${path} goes on although it was rejected`);
    const { timeoutMs = Infinity } = definition;
    demand(atMs < startedMs + timeoutMs, `${path} goes on although the saga's time is over`);
    for (const { limited } of trail) {
      const limitMs = timers.get(limited ?? "") ?? Infinity;
      demand(atMs < limitMs, `${path} goes on although the time of ${limited} is over`);
    }
  }

  function checkBack(step: Step): void {
    const { path } = step.leaf;
    demand(isTurnedBack || isUndo, `${path} is undone although the saga did not turn back`);
    demand(hasToBeUndone(step), `${path} is undone, but was never done`);
    for (const other of steps.values()) {
      if (isBefore(step.leaf, other.leaf) && hasToBeUndone(other)) {
        demand(isDealtWith(other), `${path} is undone before ${other.leaf.path} is`);
      }
    }
  }

  function begin(
    side: Side,
    event: EventRecord,
    { path, suffix }: { path: string; suffix: string },
  ): void {
    const last = side.attempts.at(-1);
    const key = String(event["key"]);
    demand(!side.isCompleted && !side.isSettled, `${path} is done, and called again`);
    demand(!side.isFailed, `${path} failed for good, and is called again`);
    demand(
      event["attempt"] === side.attempts.length + 1,
      `the attempts of ${path} are not in order`,
    );
    demand(key === `${id}/${path}${suffix}`, `${path} is called with the key ${key}`);
    if (last?.retryAt !== undefined)
      demand(last.retryAt <= lastMs, `${path} is tried again too early`);
    side.attempts.push({ key });
  }

  function end(side: Side, event: EventRecord, how: Attempt["end"]): Attempt {
    const attempt = side.attempts[Number(event["attempt"]) - 1];
    demand(attempt !== undefined && attempt.end === undefined, `no such attempt is under way`);
    const ending = attempt ?? { key: "" };
    if (how !== undefined) ending.end = how;
    return ending;
  }

  function fail(step: Step, event: EventRecord, direction: Direction): void {
    const side = step[direction];
    const { path, node } = step.leaf;
    const isBack = direction === "back";
    const attempt = end(side, event, event["outcome"] === "unknown" ? "unknown" : "failed");
    side.failures += 1;
    const isTheirs = !String(event["error"]).includes("the disk failed");
    demand(isTheirs, `${path}: the store's failure is taken for the step's`);
    const retryAt = typeof event["retry_at"] === "number" ? event["retry_at"] : undefined;
    attempt.retryAt = retryAt;
    side.isFailed = retryAt === undefined;
    demand(node.type === "step", `${path} is no call, and failed`);
    const policy = policyOf(node, direction, isBack || !wayBackIsOpen());
    if (retryAt === undefined) {
      const isOver = side.failures >= policy.maxAttempts || (!isBack && isTurnedBack);
      demand(
        isOver,
        `${path} is given up after ${side.failures} of ${policy.maxAttempts} attempts`,
      );
      return;
    }
    const { firstMs = 200, factor = 2, maxMs = 30_000 } = policy;
    const longest = Math.max(10, Math.min(maxMs, firstMs * factor ** (side.failures - 1)));
    const pauseMs = retryAt - lastMs;
    demand(
      side.failures < policy.maxAttempts,
      `${path} is tried more than ${policy.maxAttempts} times`,
    );
    demand(pauseMs >= 10 && pauseMs <= longest, `${path} pauses for ${pauseMs} ms`);
  }

  function checkReason(event: EventRecord): void {
    const step = steps.get(String(event["step"]));
    const overMs = timers.get(String(event["step"])) ?? Infinity;
    const isOver =
      overMs <= lastMs ||
      startedMs + (definition.timeoutMs ?? Infinity) <= lastMs ||
      step?.leaf.node.type === "approval";
    const holds: Record<string, boolean> = {
      cancelled: cancelledMs !== undefined,
      rejected: rejected.size > 0,
      step: step?.forward.isFailed === true,
      timeout: isOver,
    };
    demand(holds[String(event["reason"])] === true, `it turns back without a reason`);
    demand(wayBackIsOpen(), "it turns back although a pivot is done, or may be");
    demand(!isTurnedBack, "it turns back twice");
  }

  function checkEnd(): void {
    for (const step of steps.values()) {
      const { path } = step.leaf;
      if (ended === "DONE" && !isUndo) {
        demand(isDone(step), `it is committed although ${path} is not done`);
        demand(step.back.attempts.length === 0, `it is committed although ${path} was undone`);
      } else if (hasToBeUndone(step)) {
        const { isCompleted, isSettled } = step.back;
        demand(isCompleted || isSettled, `it has ended although ${path} is not undone`);
      }
      demand(!step.needsPerson, `it has ended although ${path} needs a person`);
    }
    if (ended === "FAIL") demand(isTurnedBack, "it failed although it did not turn back");
  }

  function observe(event: EventRecord): void {
    demand(event.seq === at, `has the place ${event.seq}`);
    at += 1;
    if (event.event === "lease_taken") return; // it may have waited for its turn
    const atMs = event.ts_ms ?? 0;
    demand(atMs >= lastMs, "time goes back");
    lastMs = atMs;
    const isLate = ended !== undefined && event.event !== "undone_by";
    demand(!isLate, `${event.event} after the end`);
    const name = String(event["name"]);
    switch (event.event) {
      case "saga_defined":
        startedMs = atMs;
        begun(event);
        return;
      case "step_started": {
        const step = stepOf(event);
        checkForward(step, atMs);
        begin(step.forward, event, { path: step.leaf.path, suffix: "" });
        return;
      }
      case "step_completed":
        complete(stepOf(event), event, atMs);
        return;
      case "step_failed":
        fail(stepOf(event), event, "forward");
        return;
      case "saga_failed":
        checkReason(event);
        isTurnedBack = true;
        return;
      case "compensation_started": {
        const step = stepOf(event);
        checkBack(step);
        begin(step.back, event, { path: step.leaf.path, suffix: "/undo" });
        return;
      }
      case "compensation_completed": {
        const { back } = stepOf(event);
        end(back, event, "completed");
        back.isCompleted = true;
        return;
      }
      case "compensation_failed":
        fail(stepOf(event), event, "back");
        return;
      case "attention": {
        const step = stepOf(event);
        const side = isTurnedBack || isUndo ? step.back : step.forward;
        demand(side.isFailed, `${step.leaf.path} needs a person, but did not fail for good`);
        if (side === step.forward) demand(!wayBackIsOpen(), "there was a way back");
        step.needsPerson = true;
        return;
      }
      case "attention_resolved":
        for (const path of Array.isArray(event["steps"]) ? event["steps"] : []) {
          resolve(stepOf({ event: "", step: path }), event["how"]);
        }
        return;
      case "approval_requested":
        checkForward(stepOf(event), atMs);
        return;
      case "approval_approved":
        approved.add(name);
        return;
      case "approval_rejected":
        rejected.add(name);
        return;
      case "signal_received":
        signals.set(name, event["value"]);
        return;
      case "timer_set":
        demand(!timers.has(name), `the timer of ${name} is set twice`);
        timers.set(name, Number(event["at"]));
        return;
      case "cancel_requested":
        cancelledMs ??= atMs;
        return;
      case "stage_transition":
        if (event["to"] !== "DONE" && event["to"] !== "FAIL") return;
        ended = event["to"];
        checkEnd();
    }
  }

  function begun(event: EventRecord): void {
    const undo: unknown = event["undo"];
    if (typeof undo !== "object" || undo === null || !("completed" in undo)) return;
    isUndo = true;
    for (const done of Array.isArray(undo.completed) ? undo.completed : []) {
      const step = stepOf(done);
      step.forward.isCompleted = true;
      step.result = resultIn(done);
    }
  }

  function resultIn(event: EventRecord): unknown {
    const file = event["result_file"];
    return typeof file === "string" ? readArtifact(file) : event["result"];
  }

  function complete(step: Step, event: EventRecord, atMs: number): void {
    const { path, node } = step.leaf;
    const { forward } = step;
    demand(!forward.isCompleted, `${path} is done twice`);
    if (node.type === "step") {
      end(forward, event, "completed");
    } else {
      checkForward(step, atMs);
      if (node.type === "approval") demand(approved.has(path), `nobody allowed ${path}`);
      if (node.type === "signal") demand(signals.has(path), `nobody told ${path}`);
      if (node.type === "sleep")
        demand((timers.get(path) ?? Infinity) <= atMs, "it slept too little");
    }
    forward.isCompleted = true;
    step.result = resultIn(event);
  }

  function resolve(step: Step, how: unknown): void {
    demand(step.needsPerson, `${step.leaf.path} needed nobody`);
    step.needsPerson = false;
    const side = isTurnedBack || isUndo ? step.back : step.forward;
    side.isFailed = false;
    side.failures = 0;
    if (how === "settled") side.isSettled = true;
  }

  function called(direction: Direction, call: ActionCall, underWay: readonly string[]): void {
    const step = steps.get(call.step);
    const what = `${call.step} (${direction}, attempt ${call.attempt})`;
    const { node } = step?.leaf ?? {};
    if (step === undefined || node?.type !== "step")
      return report(`${what}: there is no such step`);
    const side = step[direction];
    if (side.isCompleted || side.isSettled) report(`${what}: is called although it is done`);
    const last = side.attempts.at(-1);
    if (side.attempts.length !== call.attempt) report(`${what}: its attempt was not recorded`);
    if (last?.key !== call.idempotencyKey) report(`${what}: its key was not recorded`);
    if (last?.end !== undefined) report(`${what}: its attempt has ended already`);
    if (direction === "back") {
      for (const path of underWay) report(`${what}: while ${path} goes forward`);
      if (!isDeepStrictEqual(call.result, logged(step)))
        report(`${what}: gets another result than the log's`);
    }
    for (const other of steps.values()) {
      const given = valueAt(call.results, other.leaf.path.split("/"));
      // what is done at the same time may be there or not
      if (given === undefined && !isBefore(other.leaf, step.leaf)) continue;
      if (!isDeepStrictEqual(given, logged(other))) {
        report(`${what}: gets another result of ${other.leaf.path} than the log's`);
      }
    }
    const data = direction === "back" ? (node.compensate?.data ?? node.data) : node.data;
    if (!isDeepStrictEqual(call.data, filled(data))) report(`${what}: gets other data`);
  }

  function logged({ forward, result }: Step): unknown {
    return forward.isCompleted ? result : undefined;
  }

  /** Of the few references that random sagas have. */
  function filled(data: unknown): unknown {
    if (typeof data !== "object" || data === null) return data;
    if ("$secret" in data) return secret;
    if ("$result" in data && Array.isArray(data.$result)) {
      const [field, ...names] = data.$result.toReversed();
      const step = steps.get(names.toReversed().join("/"));
      return step === undefined ? undefined : valueAt(logged(step), [field]);
    }
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, filled(value)]));
  }

  return {
    observe,
    called,
    hasEnded: (direction, path, attempt) =>
      steps.get(path)?.[direction].attempts[attempt - 1]?.end !== undefined,
    compare(effects) {
      for (const step of steps.values()) {
        const { path, node } = step.leaf;
        if (node.type !== "step" || step.forward.isSettled || step.back.isSettled) continue;
        const effect = effects.get(path);
        if (ended === "DONE" && !isUndo && effect !== "done")
          report(`${path} is ${effect}, not done`);
        const isBack = ended === "FAIL" || (ended === "DONE" && isUndo);
        if (isBack && isUndoable(step) && effect === "done") report(`${path} is not undone`);
        if (isBack && !hasToBeUndone(step) && effect === "undone") report(`${path} was undone`);
        if (!hasToBeUndone(step) && step.back.attempts.length > 0) report(`${path} was undone`);
      }
    },
    unheardSince: () =>
      cancelledMs !== undefined &&
      !isTurnedBack &&
      !isUndo &&
      ended === undefined &&
      wayBackIsOpen()
        ? cancelledMs
        : undefined,
    ended: () => ended,
    isTurnedBack: () => isTurnedBack,
  };
}

function blank(leaf: Leaf): Step {
  return { leaf, forward: blankSide(), back: blankSide(), needsPerson: false };
}

function blankSide(): Side {
  return { attempts: [], isCompleted: false, isSettled: false, isFailed: false, failures: 0 };
}

function policyOf(node: Leaf["node"], direction: Direction, mustSucceed: boolean): RetryPolicy {
  const step: Partial<ActionStep> = node.type === "step" ? node : {};
  const policy = direction === "back" ? step.compensate?.retry : step.retry;
  return policy ?? { maxAttempts: mustSucceed ? 5 : 1 };
}

function valueAt(from: unknown, names: readonly string[]): unknown {
  return names.reduce((value, name) => Object(value)[name], from);
}
