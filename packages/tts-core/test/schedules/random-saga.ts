import type {
  ActionStep,
  Compensation,
  RetryPolicy,
  SagaDefinition,
  SagaNode,
} from "../../src/saga/definition.ts";
import type { Json } from "../../src/saga/json.ts";
import type { Random } from "./random.ts";

/** What happens when an action is called. */
export type Behaviour =
  | { readonly type: "succeeds"; readonly isLarge?: boolean; readonly tellsSecret?: boolean }
  /** It changes nothing. */
  | { readonly type: "throws" | "throws at once" }
  /** It takes effect or not, and says that it does not know. */
  | { readonly type: "cannot tell"; readonly acts: boolean }
  /** It takes effect or not, hangs until it is told to stop, and then throws. */
  | { readonly type: "stops when told"; readonly acts: boolean }
  /** It takes effect, hangs until it is told to stop, and then says that it is done. */
  | { readonly type: "succeeds late" }
  /** It takes effect or not, and never answers. */
  | { readonly type: "is deaf"; readonly acts: boolean }
  | { readonly type: "takes"; readonly ms: number };

/** A saga, and what its actions do call by call; after that they succeed. */
export interface RandomSaga {
  readonly definition: SagaDefinition;
  readonly script: ReadonlyMap<string, readonly Behaviour[]>;
}

const DAY_MS = 86_400_000;

/** Makes up a saga. */
export function randomSaga(random: Random): RandomSaga {
  const failing = random.pick([0, 0.1, 0.3, 0.5]);
  const undoFailing = random.pick([0, 0, 0.2, 0.5]);
  const script = new Map<string, readonly Behaviour[]>();
  let names = 0;
  /** Paths of action steps that are done by now. */
  const done: (readonly string[])[] = [];

  function nodes(prefix: readonly string[], depth: number, inParallel: boolean): SagaNode[] {
    const count = 1 + random.below(depth === 0 ? 4 : 3);
    return Array.from({ length: count }, () => node(prefix, depth, inParallel));
  }

  function node(prefix: readonly string[], depth: number, inParallel: boolean): SagaNode {
    names += 1;
    const kind = random.next();
    const limit = timeout(0.4, [50, 400, 3000]);
    if (depth < 2 && kind < 0.12) {
      const name = `p${names}`;
      const before = done.length;
      const steps: SagaNode[] = [];
      const count = 2 + random.below(2);
      const inside: (readonly string[])[] = [];
      for (let at = 0; at < count; at += 1) {
        steps.push(node([...prefix, name], depth + 1, true));
        inside.push(...done.splice(before)); // not done yet for its neighbours
      }
      done.push(...inside);
      return { type: "parallel", name, steps };
    }
    if (depth < 2 && kind < 0.22) {
      const name = `s${names}`;
      const steps = nodes([...prefix, name], depth + 1, inParallel);
      return { type: "saga", name, steps, ...limit };
    }
    if (kind < 0.27) return { type: "approval", name: `ask${names}`, ...limit };
    if (kind < 0.32) return { type: "signal", name: `hear${names}`, ...limit };
    if (kind < 0.37) {
      return {
        type: "sleep",
        name: `sleep${names}`,
        forMs: random.pick([0, 100, 5000, 7 * DAY_MS]),
      };
    }
    return step([...prefix, `a${names}`], inParallel);
  }

  function step(path: readonly string[], inParallel: boolean): ActionStep {
    const key = path.join("/");
    const limit = timeout(0.3, [20, 200, 2000]);
    const undoLimit = timeout(0.3, [20, 200]);
    script.set(key, behaviours(failing));
    script.set(`${key}/undo`, behaviours(undoFailing));
    const compensate: Compensation = {
      action: "undo",
      ...(random.chance(0.3) ? { data: dataFor(random.chance(0.3) ? path : undefined) } : {}),
      ...(random.chance(0.5) ? { retry: retry() } : {}),
      ...undoLimit,
    };
    const made: ActionStep = {
      type: "step",
      name: path.at(-1) ?? "",
      action: "do",
      ...(random.chance(0.6) ? { data: dataFor(undefined) } : {}),
      ...(random.chance(0.75) ? { compensate } : {}),
      ...(random.chance(0.45) ? { retry: retry() } : {}),
      ...limit,
      ...(!inParallel && random.chance(0.07) ? { pivot: true } : {}),
    };
    done.push(path);
    return made;
  }

  function dataFor(own: readonly string[] | undefined): Json {
    const [first, ...others] = own === undefined ? done : [own];
    const from = first === undefined ? undefined : random.pick([first, ...others]);
    const [head = "", ...rest] = from ?? [];
    return {
      fixed: 1,
      ...(from === undefined ? {} : { from: { $result: [head, ...rest, "value"] } }),
      ...(random.chance(0.2) ? { token: { $secret: "env:TOKEN" } } : {}),
    };
  }

  function timeout(
    probability: number,
    limits: readonly [number, ...number[]],
  ): { timeoutMs?: number } {
    return random.chance(probability) ? { timeoutMs: random.pick(limits) } : {};
  }

  function retry(): RetryPolicy {
    return {
      maxAttempts: 1 + random.below(3),
      ...(random.chance(0.5) ? { firstMs: random.pick([0, 50, 500]) } : {}),
      ...(random.chance(0.2) ? { factor: 3, maxMs: 1000 } : {}),
    };
  }

  function behaviours(rate: number): readonly Behaviour[] {
    return Array.from({ length: 3 }, () => (random.chance(rate) ? trouble() : success()));
  }

  function success(): Behaviour {
    return {
      type: "succeeds",
      ...(random.chance(0.01) ? { isLarge: true } : {}),
      ...(random.chance(0.05) ? { tellsSecret: true } : {}),
    };
  }

  function trouble(): Behaviour {
    const acts = random.chance(0.5);
    return random.pick<Behaviour>([
      { type: "throws" },
      { type: "throws" },
      { type: "throws at once" },
      { type: "cannot tell", acts },
      { type: "stops when told", acts },
      { type: "succeeds late" },
      { type: "is deaf", acts },
      { type: "takes", ms: random.pick([10, 100, 1000]) },
    ]);
  }

  const steps = nodes([], 0, false);
  return { definition: { name: "random", steps, ...timeout(0.25, [100, 1000, 10_000]) }, script };
}
