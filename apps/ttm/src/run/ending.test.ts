import { expect, it } from "vitest";
import { isSuccess, type Outcome, reasonOf, statusOf } from "./ending.ts";

it.each<[string, Omit<Outcome, "durationMs">, number, string]>([
  ["a failure", { ending: { type: "exited", code: 3 } }, 3, "command exited with status 3"],
  ["a crash", { ending: { type: "killed", signal: "SIGSEGV" } }, 139, "command killed by SIGSEGV"],
  ["a typo", { ending: { type: "not-started", reason: "ENOENT" } }, 127, "command not found"],
  [
    "a file that is no program",
    { ending: { type: "not-started", reason: "EACCES" } },
    126,
    "command cannot be started (EACCES)",
  ],
  [
    "Ctrl-C",
    { ending: { type: "killed", signal: "SIGINT" }, stoppedBy: "SIGINT" },
    130,
    "command stopped by SIGINT (Ctrl-C)",
  ],
  [
    "a stop that the command calls a success",
    { ending: { type: "exited", code: 0 }, stoppedBy: "SIGTERM" },
    143,
    "command stopped by SIGTERM",
  ],
  [
    "a command that took too long",
    { ending: { type: "killed", signal: "SIGTERM" }, lateMs: 2500 },
    124,
    "command stopped after 2.5 s, the time it was given",
  ],
])("tells %s", (_name, partial, status, reason) => {
  const outcome = { ...partial, durationMs: 1 };

  expect(isSuccess(outcome)).toBe(false);
  expect(statusOf(outcome)).toBe(status);
  expect(reasonOf("command", outcome)).toBe(reason);
});

it("knows a success", () => {
  const outcome: Outcome = { ending: { type: "exited", code: 0 }, durationMs: 1 };

  expect(isSuccess(outcome)).toBe(true);
  expect(statusOf(outcome)).toBe(0);
});
