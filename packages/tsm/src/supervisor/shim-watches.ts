import { isOver } from "./attend.ts";
import type { Carer, Round, Ward } from "./ward.ts";

/** A shim that has let go of its pipe is still dying, and so may be its command: when we look again. */
const DYING_MS = [1, 4, 16, 64, 256];

/** The watch on the shim of one run. */
interface Hold {
  readonly generation: number;
  /** `undefined`: its end was told, or would not be. */
  unwatch: (() => void) | undefined;
}

/** Has the kernel tell the end of shims, who may be killed before they note anything. */
export function shimWatches(round: Round): Carer {
  const { ports, times } = round;
  const holds = new Map<Ward, Hold>();

  function open(ward: Ward, generation: number): void {
    const hold: Hold = { generation, unwatch: undefined };
    hold.unwatch = ports.watchShim(ward.name, () => {
      if (holds.get(ward) !== hold) return;
      hold.unwatch = undefined;
      ward.isShimWatched = false;
      lookOn(ward, hold, 0);
    });
    holds.set(ward, hold);
    ward.isShimWatched = hold.unwatch !== undefined;
  }

  function lookOn(ward: Ward, hold: Hold, turn: number): void {
    round.look(ward);
    const ms = DYING_MS[turn];
    if (ms === undefined || holds.get(ward) !== hold) return;
    times.set(`shim ${ward.name}`, ms, () => lookOn(ward, hold, turn + 1));
  }

  function close(ward: Ward): void {
    holds.get(ward)?.unwatch?.();
    holds.delete(ward);
    ward.isShimWatched = false;
    times.cancel(`shim ${ward.name}`);
  }

  return {
    arrange(ward, seen) {
      const isTheSame = holds.get(ward)?.generation === seen.generation;
      if (isTheSame && !isOver(seen)) return;
      close(ward);
      if (seen.hasShim && !isOver(seen)) open(ward, seen.generation);
    },
    release: close,
  };
}
