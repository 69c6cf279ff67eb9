import { describe, expect, it } from "vitest";
import { judge, type Silence, tokenAfter, type Turn } from "./turn.ts";

function silence(given: Partial<Silence> = {}): Silence {
  return {
    quietMs: 100,
    look: () => "running",
    dropAnswers: () => false,
    isLaid: () => false,
    ...given,
  };
}

const answered: Turn = { caller: 7, call: "answered" };

describe("after an answer", () => {
  it("is free when the token is back", () => {
    expect(judge(answered, silence({ isLaid: () => true }))).toBe("free");
  });

  it("is held by a caller that lives and has not put it back yet", () => {
    expect(judge(answered, silence())).toBe("held");
  });

  it("is lost with a caller that died before it had read its answer", () => {
    expect(judge(answered, silence({ look: () => "dead", dropAnswers: () => true }))).toBe("lost");
  });

  it("may be held by another when the caller is gone and has read its answer", () => {
    expect(judge(answered, silence({ look: () => "dead" }))).toBe("held");
  });

  it("is lost when nobody has asked for long", () => {
    expect(judge(answered, silence({ look: () => "dead", quietMs: 5000 }))).toBe("lost");
    expect(judge(answered, silence({ quietMs: 5000 }))).toBe("lost");
  });

  it("is kept for a caller that is stopped, however long", () => {
    expect(judge(answered, silence({ look: () => "stopped", quietMs: 1e9 }))).toBe("held");
  });

  it("does not throw away what a living caller is about to read", () => {
    const dropAnswers = (): boolean => expect.fail("dropped");
    expect(judge(answered, silence({ dropAnswers }))).toBe("held");
  });
});

it("is held while a call is under way, whatever became of the caller", () => {
  const quiet = silence({ look: () => "dead", quietMs: 1e9 });
  expect(judge({ caller: 7, call: "underWay" }, quiet)).toBe("held");
});

describe("when the helper has just been started", () => {
  it("is lost with whoever started it, if that never asked", () => {
    expect(judge({ caller: 7, call: "expected" }, silence({ look: () => "dead" }))).toBe("lost");
  });

  it("is held by whoever started it", () => {
    expect(judge({ caller: 7, call: "expected" }, silence())).toBe("held");
  });

  it("is lost after a while when nobody knows who has it", () => {
    const unknown: Turn = { caller: undefined, call: "expected" };
    expect(judge(unknown, silence())).toBe("held");
    expect(judge(unknown, silence({ quietMs: 5000 }))).toBe("lost");
    expect(judge(unknown, silence({ isLaid: () => true }))).toBe("free");
  });
});

it("makes another token each time", () => {
  expect(tokenAfter("A", 0)).toBe("B");
  expect(tokenAfter("Z", 0)).toBe("a");
  expect(tokenAfter("z", 0)).toBe("A");
  expect(tokenAfter("", 53)).toBe("B");
});
