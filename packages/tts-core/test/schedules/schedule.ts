import { isTetraError, TetraError } from "@tetra/errors";
import type { ActionCall } from "../../src/saga/action.ts";
import type { SagaView } from "../../src/saga/saga-view.ts";
import { type Chronicle, chronicle, type Direction } from "./chronicle.ts";
import { moodOf, type Plan } from "./mood.ts";
import { leavesOf } from "./outline.ts";
import { randomFrom } from "./random.ts";
import { type Behaviour, randomSaga } from "./random-saga.ts";
import { type Gate, type Process, type World, world } from "./world.ts";

/** What came of a schedule. */
export interface Outcome {
  /** How often somebody was let on. */
  readonly gates: number;
  readonly ended: "committed" | "rolled_back" | "undone";
  readonly crashes: number;
}

const START_MS = Date.UTC(2026, 0, 1);
const GRACE_MS = 100;
const SECRET = "correct-horse-battery";
const MOST_TURNS = 5000;
/** A runner follows its log after 50 ms; a word from outside must have reached it by then. */
const HEARD_AFTER_MS = 60 + GRACE_MS;
const WORD = { by: "ops", why: "test" };

/** A call of an action. */
interface Made {
  readonly process: Process;
  readonly direction: Direction;
  readonly call: ActionCall;
  readonly atMs: number;
  /** Which lease of its process it belongs to. */
  readonly drive: number;
  abortedMs?: number;
  isOver: boolean;
}

/** One of two places where somebody always works on the saga. */
interface Slot {
  readonly name: string;
  process: Process;
  stop: AbortController;
  pause: AbortController;
  isOver: boolean;
}

/**
 * Runs one schedule.
 * @throws Error with everything that was not as it must be, the log, and who went on when.
 */
export async function runSchedule(plan: Plan): Promise<Outcome> {
  const random = randomFrom(plan.seed);
  const { definition, script } = plan.saga ?? randomSaga(random);
  const mood = moodOf(plan, random);
  const leaves = leavesOf(definition);
  const scripts = new Map([...script].map(([key, behaviours]) => [key, [...behaviours]]));
  const chronicles = new Map<string, { readonly story: Chronicle; lines: number }>();
  const artifacts = new Map<string, unknown>();
  const effects = new Map<string, "done" | "undone">();
  const made: Made[] = [];
  const tries = new Map<string, number>();
  /** Which drive of a process ends early, and records nothing more. */
  const leaving = new Map<Process, number>();
  const problems: string[] = [];
  const trace: string[] = [];
  const never = new AbortController().signal;
  let isExpelled = false;
  let isPersonBusy = false;
  let hasLooked = false;
  let taking = 0;
  let crashes = 0;
  let failures = 0;
  let opened = 0;
  let changedMs = START_MS;
  let hurriedMs = START_MS;
  let processes = 0;

  const w: World = world({
    startMs: START_MS,
    graceMs: GRACE_MS,
    secret: SECRET,
    random,
    written,
    stored: (name, bytes) => artifacts.set(name, JSON.parse(new TextDecoder().decode(bytes))),
    act,
  });
  const person = w.start("person");
  const isDriven = ({ process, drive }: Made): boolean =>
    process.drivesSince() !== undefined &&
    process.drives() === drive &&
    leaving.get(process) !== drive;
  const report = (problem: string): void => {
    problems.push(problem);
  };

  /** Reads what was added to a log. */
  async function written(id: string): Promise<void> {
    const [known] = await w.base.find(id);
    if (known !== id) return;
    const entry = chronicles.get(id) ?? { story: begin(id), lines: 0 };
    chronicles.set(id, entry);
    for (const { event } of await w.base.read(id, entry.lines)) {
      entry.lines += 1;
      if (event?.event !== "lease_taken") changedMs = w.clock.now();
      if (event !== undefined) entry.story.observe(event);
    }
  }

  function begin(id: string): Chronicle {
    const readArtifact = (name: string): unknown => artifacts.get(name);
    return chronicle({ id, definition, secret: SECRET, report, readArtifact });
  }

  function storyOf(id: string): Chronicle {
    return chronicles.get(id)?.story ?? begin(id);
  }

  function isGivenUp({ direction, call, abortedMs = Infinity }: Made): boolean {
    const isRecorded = storyOf(call.txn).hasEnded(direction, call.step, call.attempt);
    return isRecorded || w.clock.now() >= abortedMs + GRACE_MS;
  }

  function act(process: Process, direction: Direction, call: ActionCall): unknown {
    const one: Made = {
      process,
      direction,
      call,
      atMs: w.clock.now(),
      drive: process.drives(),
      isOver: false,
    };
    if (call.signal.aborted) report(`${call.step}: is called after it was told to stop`);
    call.signal.addEventListener("abort", () => {
      one.abortedMs = w.clock.now();
    });
    const underWay = made
      .filter((other) => other.direction === "forward" && other.call.txn === call.txn)
      .filter((other) => !other.isOver && !other.process.isDead() && !isGivenUp(other))
      .map((other) => other.call.step);
    if (!isExpelled) storyOf(call.txn).called(direction, call, underWay);
    const forgotten = made.find(
      (other) =>
        other.call.idempotencyKey === call.idempotencyKey &&
        other.process === process &&
        other.drive === one.drive &&
        !storyOf(call.txn).hasEnded(direction, call.step, other.call.attempt),
    );
    if (forgotten !== undefined) report(`${call.step}: is called again, how it ended is forgotten`);
    made.push(one);
    const key = direction === "forward" ? call.step : `${call.step}/undo`;
    const behaviour = scripts.get(key)?.shift() ?? { type: "succeeds" };
    if (behaviour.type === "throws at once") {
      one.isOver = true;
      throw new Error(`it failed at once, with ${tokenOf(call)}`);
    }
    return perform(one, behaviour).finally(() => {
      one.isOver = true;
    });
  }

  async function perform(one: Made, behaviour: Behaviour): Promise<unknown> {
    const { process, call } = one;
    const { step, signal } = call;
    await process.pass(`${step} works`);
    if (behaviour.type === "throws") throw new Error(`it failed, with ${tokenOf(call)}`);
    if (!("acts" in behaviour) || behaviour.acts) takeEffect(one);
    call.log(`half of it, with ${tokenOf(call)}`, 0.5);
    if (behaviour.type === "cannot tell") {
      throw new TetraError("OUTCOME_UNKNOWN", `no answer, with ${tokenOf(call)}`);
    }
    if (behaviour.type === "is deaf") await new Promise(() => {});
    if (behaviour.type === "takes") {
      taking += 1;
      await process.timer.until(w.clock.now() + behaviour.ms, never);
      taking -= 1;
    } else if (behaviour.type !== "succeeds") {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    }
    await process.pass(`${step} answers`);
    if (behaviour.type === "stops when told") throw new Error("it stopped");
    return resultOf(one, behaviour);
  }

  function resultOf({ call }: Made, behaviour: Behaviour): unknown {
    const value = `${call.step}#${call.attempt}`;
    if (behaviour.type !== "succeeds") return { value };
    const told = behaviour.tellsSecret === true ? { told: `it is ${tokenOf(call)}!` } : {};
    return { value, ...told, ...(behaviour.isLarge === true ? { pad: "x".repeat(17_000) } : {}) };
  }

  /** The secret, if the action got it. */
  function tokenOf({ data }: ActionCall): string {
    return typeof data === "object" && data !== null && "token" in data ? SECRET : "nothing";
  }

  function takeEffect(one: Made): void {
    const { direction, call, process } = one;
    if (process.isDead() || isGivenUp(one)) return;
    if (direction === "forward") effects.set(call.step, "done");
    else if (effects.get(call.step) === "done") effects.set(call.step, "undone");
  }

  function spawn(slot: Pick<Slot, "name">): Slot {
    processes += 1;
    const [stop, pause] = [new AbortController(), new AbortController()];
    const process = w.start(`${slot.name}${processes}`);
    const spawned = { name: slot.name, process, stop, pause, isOver: false };
    void work(spawned)
      .catch((error: unknown) => report(`${process.name}: ${String(error)}`))
      .finally(() => {
        spawned.isOver = true;
      });
    return spawned;
  }

  /** What somebody does who wants the saga to end: try, and try again. */
  async function work(slot: Slot): Promise<void> {
    let pauseMs = 100;
    for (;;) {
      try {
        if (await carryOn(slot)) return;
      } catch (error) {
        const isExpected = ["BUSY", "IO", "LEASE_LOST"].some((code) => isTetraError(error, code));
        if (!isExpected) throw error;
      }
      await slot.process.timer.until(w.clock.now() + pauseMs, never);
      pauseMs = Math.min(pauseMs * 8, 8 * 86_400_000);
    }
  }

  /** @returns whether there is nothing left to do. */
  async function carryOn({ name, process, stop, pause }: Slot): Promise<boolean> {
    const stays = random.chance(0.7);
    const options = { stays, signal: stop.signal, pause: pause.signal };
    const expected = random.chance(0.1) ? { expected: definition } : {};
    const [id] = await w.base.find("");
    if (id === undefined && name !== "a") return false;
    const view =
      id === undefined
        ? await process.sagas.run(definition, options)
        : await process.sagas.resume(id, { ...options, ...expected });
    if (view.status === "rolled_back") return true;
    if (view.status !== "committed") return false;
    const hasPivot = leaves.some(({ node }) => node.type === "step" && node.pivot === true);
    if (hasPivot || !mood.undoes) return true;
    return (await process.sagas.undo(view.id, options)).status === "committed";
  }

  /** Something that a person does, if it is possible. */
  function ask(what: () => Promise<unknown>): void {
    isPersonBusy = true;
    void what()
      .catch((error: unknown) => {
        const isRefused = ["NOT_WAITING", "PAST_PIVOT", "NOT_FOUND"].some((code) =>
          isTetraError(error, code),
        );
        if (!isRefused) report(`person: ${String(error)}`);
      })
      .finally(() => {
        isPersonBusy = false;
      });
  }

  async function cancel(): Promise<void> {
    for (const id of chronicles.keys()) await person.sagas.cancel(id, WORD);
  }

  async function answerEarly(): Promise<void> {
    const [id = ""] = chronicles.keys();
    for (const { path, node } of leaves) {
      if (node.type === "approval") await decideApproval(id, path);
      if (node.type === "signal")
        await person.sagas.signal(id, { step: path, value: 1, by: "ops" });
    }
  }

  async function decideApproval(id: string, path: string): Promise<unknown> {
    try {
      if (random.chance(0.2)) return await person.sagas.reject(id, WORD, path);
    } catch (error) {
      // else it might be refused as often as nobody waits for
      if (!isTetraError(error, "PAST_PIVOT")) throw error;
    }
    return person.sagas.approve(id, WORD, path);
  }

  /** Looks at what waits, and does something about one thing. */
  async function answer(): Promise<void> {
    for (const id of chronicles.keys()) {
      const { waiting } = await person.sagas.view(id);
      for (const { type, step } of waiting) {
        if (type === "approval") await decideApproval(id, step);
        if (type === "signal") await person.sagas.signal(id, { step, value: { n: 1 }, by: "ops" });
        if (type === "attention") {
          const tried = tries.get(step) ?? 0;
          tries.set(step, tried + 1);
          const how = tried < 2 ? "retry" : "settled";
          await person.sagas.resolve(id, { ...WORD, how, steps: [step] });
        }
      }
    }
  }

  function kill(process: Process): void {
    const slot = slots.find((it) => it.process === process);
    if (slot === undefined) return;
    trace.push(`${process.name} is killed`);
    crashes += 1;
    process.crash();
    slots[slots.indexOf(slot)] = spawn(slot);
  }

  function pass(gate: Gate): void {
    const { process, label } = gate;
    w.gates.splice(w.gates.indexOf(gate), 1);
    opened += 1;
    const { only } = plan;
    const isHit = only?.gate === opened;
    if (isHit && only.fate === "cancel") ask(cancel);
    const dies = crashes < 6 && random.chance(mood.crashRate);
    if (process !== person && (dies || (isHit && only.fate === "crash"))) {
      trace.push(`${process.name} ${label}`);
      kill(process);
      return;
    }
    const fails = failures < 4 && random.chance(mood.failRate);
    if (process !== person && gate.fail && (fails || (isHit && only.fate === "fail"))) {
      trace.push(`${process.name} ${label}: fails`);
      failures += 1;
      gate.fail();
      leaving.set(process, process.drives());
      return;
    }
    trace.push(`${process.name} ${label}`);
    gate.open();
  }

  /** Nobody can go on before time passes: everything that had to happen by now has. */
  function checkIdle(): void {
    if (isExpelled) return; // somebody may go on who does not know yet that it must not
    const nowMs = w.clock.now();
    for (const one of made) {
      const { process, call, direction, abortedMs } = one;
      if (process.isDead() || !isDriven(one)) continue;
      const { node } = leaves.find(({ path }) => path === call.step) ?? {};
      const limited = direction === "forward" ? node : node?.type === "step" ? node.compensate : {};
      const { timeoutMs } = { timeoutMs: Infinity, ...limited };
      if (!one.isOver && abortedMs === undefined && nowMs >= one.atMs + timeoutMs) {
        report(`${call.step}: its time is over, and it was not told to stop`);
      }
      const story = storyOf(call.txn);
      const isInVain = direction === "forward" && story.isTurnedBack();
      if (!one.isOver && abortedMs === undefined && isInVain) {
        report(`${call.step}: the saga has turned back, and it was not told to stop`);
      }
      const isRecorded = story.hasEnded(direction, call.step, call.attempt);
      if (abortedMs !== undefined && nowMs >= abortedMs + GRACE_MS && !isRecorded) {
        report(`${call.step}: is waited for longer than it may take to stop`);
      }
    }
    for (const { story } of chronicles.values()) {
      const sinceMs = story.unheardSince();
      if (sinceMs === undefined) continue;
      for (const { process } of slots) {
        const drivesSince = process.drivesSince();
        // it may have been on its way all the time that passed while somebody could go on
        const quietSince = Math.max(sinceMs, drivesSince ?? Infinity, hurriedMs);
        if (quietSince + HEARD_AFTER_MS <= nowMs) {
          report(`${process.name}: did not hear that the saga was cancelled`);
        }
      }
    }
  }

  /** Somebody has to do something, or time has to pass. */
  function idle(): void {
    checkIdle();
    const nowMs = w.clock.now();
    const sinceMs = nowMs - changedMs;
    const hanging = made.find(({ isOver, process }) => !isOver && !process.isDead());
    if (sinceMs > 40 * 86_400_000) {
      if (hanging !== undefined && !slots.every(({ isOver }) => isOver)) {
        changedMs = nowMs;
        return kill(hanging.process);
      }
      report("nothing happens any more");
    }
    const looksNow = sinceMs > 3 * 86_400_000 || random.chance(0.3);
    if (!isPersonBusy && !hasLooked && looksNow) {
      hasLooked = true; // and not again before time has passed
      return ask(answer);
    }
    hasLooked = false;
    if (w.advance()) return;
    if (isPersonBusy) report("a person waits for ever");
    const isWorking = slots.find(({ isOver }) => !isOver);
    if (isWorking === undefined) return;
    // both in one process's hands, and that one calls something that never ends
    if (hanging !== undefined) return kill(hanging.process);
    report("nobody goes on, and nobody waits for anything");
  }

  function take(turn: number): void {
    if (turn === mood.cancel && !isPersonBusy) ask(cancel);
    if (turn === mood.early && !isPersonBusy && chronicles.size > 0) ask(answerEarly);
    if (turn === mood.pause) {
      const slot = random.pick(slots);
      slot.pause.abort();
      slot.pause = new AbortController();
      trace.push(`${slot.process.name} is told to pause`);
    }
    if (turn === mood.stop) {
      const slot = random.pick(slots);
      slot.stop.abort();
      leaving.set(slot.process, slot.process.drives());
      slot.stop = new AbortController();
      trace.push(`${slot.process.name} is told to stop`);
    }
    if (turn === mood.expel) {
      const driving = slots.find(({ process }) => process.drivesSince() !== undefined);
      isExpelled ||= driving !== undefined;
      void driving?.process.expel();
      // and somebody comes who does not wait
      const other = slots.find((slot) => slot !== driving && !slot.isOver);
      if (driving !== undefined && other !== undefined) kill(other.process);
      trace.push(`${driving?.process.name} loses its lease`);
      return;
    }
    const [first, ...others] = w.gates;
    if (first === undefined) return idle();
    if (random.chance(mood.clockRate) && w.advance()) {
      trace.push("time passes");
      hurriedMs = w.clock.now();
      return;
    }
    pass(mood.inOrder ? first : random.pick([first, ...others]));
  }

  const slots: [Slot, Slot] = [spawn({ name: "a" }), spawn({ name: "b" })];
  for (let turn = 0; ; turn += 1) {
    await settled();
    if (problems.length > 0) break;
    if (slots.every(({ isOver }) => isOver) && !isPersonBusy && w.gates.length === 0) break;
    if (turn > MOST_TURNS) report("it does not come to an end");
    take(turn);
  }
  if (problems.length === 0) await checkAfterwards();
  const [story, undoing] = [...chronicles.values()].map((entry) => entry.story);
  if (problems.length > 0) throw await failure();
  const end = story?.ended() === "DONE" ? "committed" : "rolled_back";
  return { gates: opened, crashes, ended: undoing === undefined ? end : "undone" };

  async function checkAfterwards(): Promise<void> {
    if (w.watchers.size > 0) report("somebody still follows a log");
    const engineAlarms = w.alarms.size - taking;
    if (engineAlarms > 0 && !isExpelled) report("somebody still waits for a moment");
    const ids = [...chronicles.keys()];
    if (ids.length > 2) report(`there are ${ids.length} transactions`);
    const views: SagaView[] = [];
    for (const id of ids) {
      const view = await checked(person.sagas.view(id));
      views.push(view);
      const ended = storyOf(id).ended();
      if (ended === undefined) report(`${id} has not ended`);
      if (view.status !== (ended === "DONE" ? "committed" : "rolled_back")) {
        report(`${id} has ended, and is shown as ${view.status}`);
      }
      if (view.waiting.length > 0) report(`${id} has ended, and is shown as waiting`);
      const text = (await w.base.read(id)).map((line) => line.text).join("\n");
      if (`${text}${JSON.stringify(view)}`.includes(SECRET)) report(`${id} tells the secret`);
      await w.base.lease(id, { name: "after", atMs: w.clock.now() }).catch(() => {
        report(`the lease of ${id} is not free`);
      });
    }
    const [first, second] = views;
    if (second !== undefined && (second.undoes !== first?.id || first?.undoneBy !== second.id)) {
      report("the saga and its undo are not linked");
    }
    const last = ids.at(-1);
    if (last !== undefined && !isExpelled) storyOf(last).compare(effects);
  }

  /** Lets a promise of the person's go on. */
  async function checked<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const result = promise.finally(() => {
      isOver = true;
    });
    for (;;) {
      await settled();
      if (isOver) return result;
      for (const gate of w.gates.splice(0)) gate.open();
    }
  }

  async function failure(): Promise<Error> {
    const logs: string[] = [];
    for (const id of chronicles.keys()) {
      logs.push(...(await w.base.read(id)).map(({ text }) => text.replace(/"ts":"[^"]*",/, "")));
    }
    const told = [
      `seed ${plan.seed}${plan.only === undefined ? "" : ` ${JSON.stringify(plan.only)}`}`,
      ...problems,
      "",
      ...logs,
      "",
      ...trace,
    ];
    return new Error(told.join("\n"));
  }
}

/** Everything that can go on by itself has. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
