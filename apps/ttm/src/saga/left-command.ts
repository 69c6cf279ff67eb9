import type { CommandNote } from "./command-note.ts";
import type { Processes, ProcessSight } from "./processes.ts";

// L1. A group is signalled only when a process that is known to be the command's, or what it started,
//     is in it now. A number alone proves nothing: it may have been given to somebody else.

/** What there is to be seen of a command that was written down. */
export interface CommandSight {
  /** This start of this machine. */
  readonly machine: string;
  /** The process that has its number now, if one does; it may have ended. */
  readonly leader?: ProcessSight | undefined;
  /** Those in the group of its number that have not ended, and whether each carries the command's key. */
  readonly members: readonly { readonly isMarked: boolean }[];
}

/** What is left of a command. `unknown`: something runs under its number that cannot be told to be its. */
export type Remains = "gone" | "running" | "unknown";

/** Judges what is left of a command. */
export function remainsOf(note: CommandNote, { machine, leader, members }: CommandSight): Remains {
  if (machine !== note.machine || members.length === 0) return "gone";
  // a number is not given away as long as it is the number of a group
  if (leader !== undefined) return leader.started === note.started ? "running" : "gone";
  return members.some(({ isMarked }) => isMarked) ? "running" : "unknown";
}

/** Looks for a command. */
export function sightOf({ pid, key }: CommandNote, processes: Processes): CommandSight {
  return {
    machine: processes.machine(),
    leader: processes.look(pid),
    members: processes
      .all()
      .filter(({ group, isDead }) => group === pid && !isDead)
      .map((member) => ({
        isMarked: processes.hasVariable(member.pid, "TTM_IDEMPOTENCY_KEY", key),
      })),
  };
}
