import { type Failure, failureOf } from "@tetra/cli-kit";
import type { App } from "./app.ts";
import { exitStatusOf } from "./exit-status.ts";
import { type Interruption, undisturbed } from "./undisturbed.ts";

/** What became of one of several. */
export interface Done {
  /** For people; it was printed already. */
  readonly message: string;
  /** For other programs. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is to be done, to each of several. */
export interface Deed<Item> {
  /** Levels, one after the other; within a level, several at once. */
  readonly levels: readonly (readonly Item[])[];
  /** Does it to one, and says so. The signal: somebody wants this program to end. */
  readonly act: (item: Item, asked: AbortSignal) => Promise<Done>;
  /** What to say of all of them in the end; absent: nothing. */
  readonly summary?: (done: number, failed: number) => string;
}

/** More at once only wait for the processors. */
const AT_ONCE = 16;

type Outcome = { readonly done: Done } | { readonly failure: Failure };

/**
 * Does something to each; a refusal of one does not keep it from the others. The refusal of a single one
 * is thrown, those of several are told as they come.
 * @returns the exit status: that of the first refusal.
 */
export function actOnEach<Item>(app: App, deed: Deed<Item>): Promise<number> {
  const { levels, act, summary } = deed;
  const isOne = levels.flat().length === 1;

  async function actOn(item: Item, { asked }: Interruption): Promise<Outcome> {
    try {
      return { done: await act(item, asked) };
    } catch (error) {
      if (isOne && !asked.aborted) throw error;
      const failure = failureOf(error);
      if (app.out.mode !== "json") app.err.printAll(await app.linesOf(failure));
      return { failure };
    }
  }

  return undisturbed(app, async (interruption) => {
    const outcomes: Outcome[] = [];
    for (const level of levels) outcomes.push(...(await several(level, actOn, interruption)));
    const done = outcomes.flatMap((outcome) => ("done" in outcome ? outcome.done : []));
    const failures = outcomes.flatMap((outcome) => ("failure" in outcome ? outcome.failure : []));
    const message = summary?.(done.length, failures.length);
    if (app.out.mode === "json") app.out.json(answerOf({ done, failures, message, isOne }));
    else if (message !== undefined) app.out.print(message);
    const [first] = failures;
    return first === undefined ? 0 : exitStatusOf(first.code);
  });
}

/** Results in the order of the items; nothing more is begun after an interruption. */
async function several<Item>(
  items: readonly Item[],
  act: (item: Item, interruption: Interruption) => Promise<Outcome>,
  interruption: Interruption,
): Promise<readonly Outcome[]> {
  const outcomes: (Outcome | undefined)[] = [];
  const rest = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      if (interruption.signal !== undefined) return;
      const [at, item] = next;
      outcomes[at] = await act(item, interruption);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcomes.filter((outcome) => outcome !== undefined);
}

interface Answer {
  readonly done: readonly Done[];
  readonly failures: readonly Failure[];
  readonly message: string | undefined;
  readonly isOne: boolean;
}

function answerOf({ done, failures, message, isOne }: Answer): unknown {
  const data = done.map((each) => each.data);
  return {
    success: failures.length === 0,
    message: message ?? done.map((each) => each.message).join("\n"),
    data: isOne ? data[0] : data,
    ...(failures.length === 0 ? {} : { errors: failures }),
  };
}
