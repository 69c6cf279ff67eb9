import { expect, it } from "vitest";
import { endpoints } from "./endpoints.ts";
import type { HandleTest } from "./levels/handle-level.ts";
import { reachedLevel, requireLevel } from "./requirement.ts";
import { plan } from "./resolve.ts";

const TEST: HandleTest = { atMs: 1000, connectMs: 50, latencyMs: 5 };
const planWith = (symbol: string, test?: HandleTest) =>
  plan(symbol, { endpoints: endpoints(), operation: "write", path: "x", ...(test && { test }) });

it("counts a handle, and what builds on it, only when it was tested lately", () => {
  expect(reachedLevel(planWith("@dev"), { nowMs: 1000 })).toBe("connector");
  expect(reachedLevel(planWith("@dev", TEST), { nowMs: 300_999 })).toBe("plan");
  expect(reachedLevel(planWith("@dev", TEST), { nowMs: 301_000 })).toBe("connector");
  expect(reachedLevel(planWith("@dev", TEST), { nowMs: 1010, handleLifeMs: 10 })).toBe("connector");
  expect(reachedLevel(planWith("@dev", TEST), { nowMs: 999 })).toBe("connector");
});

it("needs no test of this machine", () => {
  expect(reachedLevel(planWith("@local"), { nowMs: 0 })).toBe("plan");
});

it("holds back what requires more than was reached", () => {
  requireLevel(planWith("@dev"), "connector", { nowMs: 0 });
  requireLevel(planWith("@dev", TEST), "binding", { nowMs: 1000 });

  expect(() => requireLevel(planWith("@dev"), "handle", { nowMs: 0 })).toThrow(
    expect.objectContaining({
      code: "LEVEL_NOT_REACHED",
      message:
        "@dev: write requires handle (level 4), reached is connector: the connection was not tested in the last 300 s",
      hint: "test it: ping @dev",
    }),
  );
});
