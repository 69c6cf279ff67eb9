import { expect, it } from "vitest";
import { DEFAULT_POLICY } from "../supervise/restart-policy.ts";
import { type Evidence, judge, UNSEEN } from "./observe.ts";

const noted = { pid: 10, start: "1", up: 1 };
const META = {
  generation: 3,
  stopped_generation: 2,
  desired: "online",
  restart_policy: DEFAULT_POLICY,
  care: {},
} as const;
const WITH_PROBE = { ...META, care: { ready: { type: "tcp", host: "::1", port: 1 } } } as const;
const STOPPED = { ...META, desired: "stopped", stopped_generation: 3 } as const;
const RAN = { shim: noted, main: noted };
const BASE: Evidence = {
  meta: META,
  run: RAN,
  isThisBoot: true,
  shimLives: false,
  mainLives: false,
  isLocked: () => false,
};
const ended = (code: number): Partial<Evidence> => ({
  run: { ...RAN, ended: { exit: { code, signal: null }, up: 2 } },
});
const unseen = (reason: string): object => ({ code: null, signal: null, reason });

it.each<[what: string, evidence: Partial<Evidence>, expected: object]>([
  ["runs", { shimLives: true, mainLives: true }, { state: "online" }],
  ["runs without its shim", { mainLives: true }, { state: "online" }],
  ["does not answer its probe yet", { mainLives: true, meta: WITH_PROBE }, { state: "starting" }],
  [
    "answered its probe",
    { mainLives: true, meta: { ...WITH_PROBE, ready_generation: 3 } },
    { state: "online" },
  ],
  ["was told to stop", { mainLives: true, meta: STOPPED }, { state: "stopping" }],
  ["has ended, which is not noted yet", { shimLives: true }, { state: "stopping" }],
  ["shim begins", { run: { shim: noted }, shimLives: true }, { state: "starting" }],
  ["is held by a starter", { run: {}, isLocked: () => true }, { state: "starting" }],
  ["failed", ended(1), { state: "crashed", exit: { code: 1, signal: null } }],
  ["succeeded", ended(0), { state: "stopped", exit: { code: 0, signal: null } }],
  ["failed when told to stop", { ...ended(1), meta: STOPPED }, { state: "stopped" }],
  ["lost its shim, then ended", {}, { state: "crashed", exit: unseen(UNSEEN.shimKilled) }],
  ["lost its shim at once", { run: { shim: noted } }, { exit: unseen(UNSEEN.shimKilledEarly) }],
  ["starter died", { run: {} }, { state: "crashed", exit: unseen(UNSEEN.interrupted) }],
  ["machine restarted", { isThisBoot: false, mainLives: true }, { exit: unseen(UNSEEN.reboot) }],
  [
    "ended before the restart",
    { ...ended(5), isThisBoot: false },
    { exit: { code: 5, signal: null } },
  ],
])("a service that %s", (_what, evidence, expected) => {
  expect(judge({ ...BASE, ...evidence })).toMatchObject(expected);
});
