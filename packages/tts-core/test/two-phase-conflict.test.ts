import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Behaviour,
  newProcess,
  newWorld,
  type Process,
  type World,
} from "./two-phase-world.ts";

const TIMEOUT_MS = 60_000;
const SCHEDULES = 1500;
const SEED = Date.now() % 2 ** 31;
const CELL: Behaviour = { kind: "yes", awayFor: 0, restartsAt: 0, isEmbedded: false };

async function begun(world: World, { tpc, participants }: Process): Promise<string> {
  const id = await tpc.begin({ session: "s", description: "change cells", participants });
  for (const cell of world.cells) cell.working.add(id);
  return id;
}

async function committed({ tpc }: Process, id: string): Promise<boolean> {
  try {
    await tpc.commit(id);
    return true;
  } catch (error) {
    if (isTetraError(error, "WRITE_CONFLICT")) return false;
    throw error;
  }
}

it(
  "lets never two, and always one, go on of those that publish the same at the same moment",
  async () => {
    console.log(`seed ${SEED}, ${SCHEDULES} schedules`);
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), fc.integer(), async (count, seed) => {
        const world = newWorld([CELL, CELL], seed);
        const processes = Array.from({ length: count }, () => newProcess(world));
        const ids: string[] = [];
        for (const process of processes) ids.push(await begun(world, process));

        const went = await Promise.all(
          processes.map((process, at) => committed(process, ids[at] ?? "")),
        );
        // whoever was refused is still open, and can go on now that the others have ended
        const later: boolean[] = [];
        for (const [at, process] of processes.entries()) {
          if (went[at] === false) later.push(await committed(process, ids[at] ?? ""));
        }

        refusals += went.filter((isCommitted) => !isCommitted).length;
        expect(world.violations).toEqual([]);
        expect(went).toContain(true);
        expect(later).not.toContain(false);
      }),
      { numRuns: SCHEDULES, seed: SEED },
    );
    expect(refusals).toBeGreaterThan(SCHEDULES / 2);
  },
  TIMEOUT_MS,
);
