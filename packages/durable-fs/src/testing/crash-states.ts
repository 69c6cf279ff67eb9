import type { FileSystem } from "../file-system.ts";
import { type Operation, SimulatedCrash } from "./machine.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

/** What {@link crashStates} runs. */
export interface Scenario<Note> {
  /** The disk to start from; each run gets a clone. */
  readonly disk: SimulatedDisk;
  /**
   * Does something, the same in each run; `note` tells what has been promised so far, such as an
   * acknowledged append.
   */
  readonly run: (fs: FileSystem, note: (note: Note) => void) => Promise<void> | void;
}

/** What a process left that was stopped somewhere in the scenario. */
export interface CrashState<Note> {
  /** As the process left it: call `powerCuts()` for the power cut at this moment. */
  readonly disk: SimulatedDisk;
  readonly notes: readonly Note[];
  /** Where the process was stopped, for messages. */
  readonly story: string;
}

/**
 * Runs a scenario again and again, each time stopped before the next operation that changes the disk,
 * and in the middle of each write; the last time it ends by itself.
 *
 * @yields what each run left.
 */
export async function* crashStates<Note = never>(
  scenario: Scenario<Note>,
): AsyncGenerator<CrashState<Note>, void, undefined> {
  const { run } = scenario;
  // clones of a clone that nobody looks into cost nothing
  const start = scenario.disk.clone();
  const whole = await attempt({ disk: start.clone(), run }, "at the end");
  for (const operation of whole.disk.trace) {
    if (!operation.changes) continue;
    const story = `before ${describe(operation)}`;
    yield await attempt({ disk: start.clone(), run }, story, { index: operation.index });
    if (operation.name === "write" && operation.bytes > 1) {
      const torn = operation.bytes >> 1;
      yield await attempt({ disk: start.clone(), run }, `within ${describe(operation)}`, {
        ...operation,
        torn,
      });
    }
  }
  yield whole;
}

async function attempt<Note>(
  { disk, run }: Scenario<Note>,
  story: string,
  crash?: { readonly index: number; readonly torn?: number },
): Promise<CrashState<Note>> {
  const notes: Note[] = [];
  if (crash !== undefined) disk.crashAt(crash.index, crash.torn);
  try {
    await run(disk.fs(), (note) => notes.push(note));
  } catch (error) {
    if (!(error instanceof SimulatedCrash)) throw error;
  }
  disk.kill();
  return { disk, notes, story };
}

function describe({ index, name, path }: Operation): string {
  return `operation ${index}: ${name} ${path}`;
}
