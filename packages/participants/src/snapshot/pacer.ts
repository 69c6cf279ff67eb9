import { setImmediate as nextTurn } from "node:timers/promises";

/** How many calls to the disk go by, about 2 ms of them, before others in this process get their turn. */
const CALLS_PER_TURN = 200;

/** Counts small synchronous calls, and lets the event loop run now and then. */
export function pacer(): () => Promise<void> | undefined {
  let calls = 0;
  return () => {
    calls += 1;
    return calls % CALLS_PER_TURN === 0 ? nextTurn() : undefined;
  };
}
