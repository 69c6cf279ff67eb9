import { expect, it } from "vitest";
import type { RememberedSupervision } from "../files/supervision-file.ts";
import { type StatusInput, statusOf } from "./service-status.ts";

const WAITING: RememberedSupervision = {
  generation: 3,
  countedGeneration: 3,
  failures: 1,
  waiting: { sinceMs: 1000, delayMs: 200 },
};
const GIVEN_UP: RememberedSupervision = {
  generation: 3,
  countedGeneration: 3,
  failures: 9,
  givenUp: "failed 9 times in a row",
};
const BASE: StatusInput = {
  meta: { desired: "online", generation: 3 },
  state: "crashed",
  supervision: undefined,
  isDaemonAlive: () => true,
};

it.each<[what: string, input: Partial<StatusInput>, verdict: object]>([
  ["nobody remembers", {}, { status: "crashed" }],
  ["is waited for", { supervision: WAITING }, { status: "backing off", nextTryAtMs: 1200 }],
  [
    "is waited for by a daemon that is dead",
    { supervision: WAITING, isDaemonAlive: () => false },
    { status: "crashed" },
  ],
  ["was given up", { supervision: GIVEN_UP }, { status: "given up" }],
  ["runs again", { supervision: WAITING, state: "online" }, { status: "online" }],
  [
    "is not wanted any more",
    { supervision: GIVEN_UP, meta: { desired: "stopped", generation: 3 } },
    { status: "crashed" },
  ],
  [
    "had another run since",
    { supervision: GIVEN_UP, meta: { desired: "online", generation: 4 } },
    { status: "crashed" },
  ],
])("one that %s", (_what, input, verdict) => {
  expect(statusOf({ ...BASE, ...input })).toEqual(verdict);
});
