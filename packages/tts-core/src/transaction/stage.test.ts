import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  defineStages,
  isAnotherIteration,
  isFinal,
  nextStages,
  STAGES,
  STANDARD,
} from "./stage.ts";

const anyStage = fc.constantFrom(...STAGES);
const working = fc.constantFrom(...STANDARD.working);

describe("the standard's stages", () => {
  it("let every working stage move to every stage: forward, staying, back, done or failed", () => {
    fc.assert(
      fc.property(working, anyStage, (from, to) => {
        expect(nextStages(STANDARD, from)).toContain(to);
      }),
    );
  });

  it.each(["DONE", "FAIL"])("never leave %s", (stage) => {
    expect(isFinal(STANDARD, stage)).toBe(true);
    expect(nextStages(STANDARD, stage)).toEqual([]);
  });

  it("count a move to an earlier working stage as another iteration, and no other move", () => {
    expect(isAnotherIteration(STANDARD, "VALIDATE", "EXECUTE")).toBe(true);
    expect(isAnotherIteration(STANDARD, "EXECUTE", "EXECUTE")).toBe(false);
    expect(isAnotherIteration(STANDARD, "NEW", "VALIDATE")).toBe(false);
    expect(isAnotherIteration(STANDARD, "EXECUTE", "FAIL")).toBe(false);
  });
});

describe("a module's own stages", () => {
  const keyRotation = defineStages({
    working: ["NEW", "MINTED", "SPREAD", "REVOKED"],
    done: "DONE",
    fail: "FAIL",
    next: { NEW: ["MINTED"], MINTED: ["SPREAD"], SPREAD: ["REVOKED"], REVOKED: ["DONE"] },
  });

  it("allow what they declare, and failing always", () => {
    expect(nextStages(keyRotation, "NEW")).toEqual(["MINTED", "FAIL"]);
    expect(nextStages(keyRotation, "REVOKED")).toEqual(["DONE", "FAIL"]);
  });

  it("let a foreign stage go anywhere, so that nothing is stuck", () => {
    expect(nextStages(keyRotation, "")).toContain("DONE");
  });

  it.each([
    [{ working: [] }, "no working stage"],
    [{ working: ["NEW", "NEW"] }, "declared twice"],
    [{ working: ["NEW", "DONE"] }, "declared twice"],
    [{ working: ["new stage"] }, "not a stage name"],
    [{ working: ["NEW"], next: { NEW: ["GONE"] } }, "not declared"],
    [{ working: ["NEW"], next: { DONE: ["NEW"] } }, "is final"],
  ])("are refused when they make no sense: %j", (machine, why) => {
    expect(() => defineStages({ done: "DONE", fail: "FAIL", ...machine })).toThrow(why);
  });
});
