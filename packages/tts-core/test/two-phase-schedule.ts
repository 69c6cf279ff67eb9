import { isTetraError } from "@tetra/errors";
import { foldTwoPhase } from "../src/two-phase-commit/index.ts";
import {
  type Behaviour,
  type Fault,
  newProcess,
  newWorld,
  type Process,
  type World,
} from "./two-phase-world.ts";

/** One order of events. */
export interface Schedule {
  readonly behaviours: readonly Behaviour[];
  readonly wanted: "commit" | "rollback";
  /** What hits the coordinator that began. */
  readonly fault?: Fault;
  /** What hits the processes that recover at the same time after that. */
  readonly recoverers: readonly (Fault | undefined)[];
  readonly seed: number;
}

/** What came of it. */
export interface Result {
  /** What must not be, in words; none when all is well. */
  readonly violations: readonly string[];
  /** How each transaction ended. */
  readonly phases: readonly string[];
  /** How many steps the first coordinator and each recoverer made. */
  readonly steps: readonly number[];
}

/** What the caller was told of a transaction; nothing, when the call failed in another way. */
type Claim = { readonly id: string; readonly phase: string } | undefined;

/** Begins, works, commits or rolls back; says what the caller was told. */
async function work(
  world: World,
  { tpc, participants }: Process,
  wanted: Schedule["wanted"],
): Promise<Claim> {
  const id = await tpc.begin({ session: "s-1", description: "change cells", participants });
  for (const cell of world.cells) cell.working.add(id);
  for (let tries = 1; ; tries += 1) {
    try {
      return await (wanted === "commit" ? tpc.commit(id) : tpc.rollback(id, "no more"));
    } catch (error) {
      if (isTetraError(error, "ROLLED_BACK")) return { id, phase: "rolled_back" };
      if (isTetraError(error, "IO") && tries === 1) continue; // the same call may be made again
      throw error;
    }
  }
}

/** Runs a schedule to its end: everything that can die has died, and one calm process recovers. */
export async function run(schedule: Schedule): Promise<Result> {
  const world = newWorld(schedule.behaviours, schedule.seed);
  const first = newProcess(world, schedule.fault);
  const working = work(world, first, schedule.wanted).catch(() => undefined);
  // an owner that is paused for so long that its lease is gone carries on while others recover
  const isOvertaken = schedule.fault?.type === "lose-lease";
  await Promise.race([working, isOvertaken ? first.hit : first.death]);

  const recoverers = schedule.recoverers.map((fault) => newProcess(world, fault));
  const recoveries = recoverers.map((process) =>
    Promise.race([
      process.tpc.recover({ participants: process.participants }).catch(() => undefined),
      process.death,
    ]),
  );
  await Promise.all(recoveries);
  const claim = await Promise.race([working, first.death.then(() => undefined)]);
  for (const process of [first, ...recoverers]) process.kill();

  const calm = newProcess(world);
  await calm.tpc.recover({ participants: calm.participants });
  return {
    violations: [...world.violations, ...(await judge(world, calm, claim))].filter(
      // an overtaken owner stops at once; its unprepared work ends with its connections
      (text) => !(isOvertaken && text.endsWith("work is left")),
    ),
    phases: await Promise.all(
      (await world.store.find("")).map(async (id) => (await calm.tpc.status(id)).phase),
    ),
    steps: [first, ...recoverers].map((process) => process.steps()),
  };
}

async function judge(world: World, calm: Process, claim: Claim): Promise<readonly string[]> {
  const found: string[] = [];
  const ids = await world.store.find("");
  for (const id of ids) {
    const { attention } = await calm.tpc.status(id);
    if (attention.length > 0) {
      const { stage } = (await world.store.load(id)).state;
      if (stage !== "EXECUTE") found.push(`${id}: needs a person and is in ${stage}`);
      const { participants } = calm;
      const word = { names: attention, how: "settled", by: "ann", why: "put right" } as const;
      await calm.tpc.resolve(id, { participants, ...word });
    }
    found.push(...(await judgeOne(world, id, attention)));
    const { phase } = await calm.tpc.status(id);
    if (claim?.id === id && claim.phase !== phase) {
      found.push(`${id}: told ${claim.phase}, is ${phase}`);
    }
  }
  const again = await calm.tpc.recover({ participants: calm.participants });
  if (Object.values(again).some((list) => list.length > 0)) {
    found.push(`a second recovery still found something: ${JSON.stringify(again)}`);
  }
  if ((await calm.tpc.log()).length !== ids.length) found.push("the log lacks a transaction");
  if ((await calm.tpc.activeCount()) !== 0) found.push("something is still open");
  return found;
}

async function judgeOne(
  world: World,
  id: string,
  attention: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  const lines = await world.store.read(id);
  const { decision, transaction } = foldTwoPhase(id, lines);
  const outcome = decision?.outcome ?? (transaction.state.stage === "DONE" ? "commit" : "abort");
  const named = (name: string): number => lines.filter(({ event }) => event?.event === name).length;
  if (named("decision") > 1) found.push(`${id}: decided ${named("decision")} times`);
  if (named("txn_commit") + named("txn_fail") !== 1) found.push(`${id}: did not end once`);
  if (transaction.state.stage !== (outcome === "commit" ? "DONE" : "FAIL")) {
    found.push(`${id}: decided ${outcome}, ended in ${transaction.state.stage}`);
  }
  // a lease can be taken in the moment between looking and the end
  const last = lines.findLast(({ event }) => event?.event !== "lease_taken")?.event;
  if (last?.["to"] !== transaction.state.stage) found.push(`${id}: goes on after its end`);
  for (const cell of world.cells) {
    if (cell.prepared.has(id)) found.push(`${cell.name}: still prepared`);
    if (!cell.behaviour.isEmbedded && cell.working.has(id))
      found.push(`${cell.name}: work is left`);
    const isCommitted = cell.committed.has(id);
    const should = outcome === "commit" && cell.behaviour.kind !== "read-only";
    const isOwnWay = cell.heuristic.has(id) && isCommitted !== should;
    if (isOwnWay !== attention.includes(cell.name)) {
      found.push(`${cell.name}: had its own way: ${isOwnWay}, shown: ${attention.join(", ")}`);
    }
    if (!isOwnWay && isCommitted !== should)
      found.push(`${cell.name}: ${outcome}, but ${isCommitted}`);
  }
  const lease = await world.store.lease(id, { name: "judge", atMs: 0 });
  await lease.release();
  return found;
}
