import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { serve } from "./serve.ts";
import type { ProcessLook } from "./turn.ts";

const HOLDER = { pid: 7, token: "A" };

interface Given {
  readonly holder?: typeof HOLDER;
  readonly answer?: () => Promise<{ readonly stdout: string }>;
  readonly look?: ProcessLook;
}

/** A helper with pipes and a clock in memory. */
function helper({ holder = HOLDER, answer, look = "running" }: Given = {}) {
  const requests = new PassThrough();
  const answers = new PassThrough();
  const bell = new PassThrough();
  const laid: string[] = [];
  const called: string[] = [];
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  let nowMs = 0;

  const done = serve({
    pipes: {
      requests,
      send: (bytes) => answers.write(bytes),
      isSending: () => false,
      bell,
      dropRequests: () => requests.read(),
      dropRings: () => bell.read(),
      dropAnswers: () => answers.read() !== null,
      layToken: (token) => laid.push(token),
      isLaid: () => laid.length > 0,
      lockable: -1,
    },
    answer: async ({ name }) => {
      called.push(name);
      const { stdout } = answer === undefined ? { stdout: name } : await answer();
      return Buffer.from(stdout);
    },
    holder,
    number: 0,
    look: () => look,
    nowMs: () => nowMs,
    after(ms, run) {
      const timer = { atMs: nowMs + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });

  async function settle(): Promise<void> {
    for (let round = 0; round < 10; round += 1) await setImmediate();
  }

  return {
    called,
    laid,
    bell,
    requests,
    done,
    settle,
    ask: async (name: string, { token = "A", caller = 7 } = {}) => {
      requests.write(["", "", token, `${caller}.1`, "/", "", "1", name, ""].join("\0"));
      await settle();
    },
    /** What lies in the pipe of answers. */
    heard: () => String(answers.read() ?? ""),
    passes: async (ms: number) => {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined || next.atMs > endMs) break;
        timers.delete(next);
        nowMs = next.atMs;
        next.run();
        await settle();
      }
      nowMs = endMs;
    },
    hasTimers: () => timers.size > 0,
  };
}

function slowAnswer() {
  let resolve: (answer: { readonly stdout: string }) => void = () => expect.fail("not made yet");
  const promise = new Promise<{ readonly stdout: string }>((made) => {
    resolve = made;
  });
  return { promise, say: (stdout: string) => resolve({ stdout }) };
}

it("answers one call after the other", async () => {
  const { ask, heard } = helper();
  await ask("one");
  expect(heard()).toBe("one");
  await ask("two");
  expect(heard()).toBe("two");
});

it("wakes up no more when everything is in its place", async () => {
  const { ask, heard, laid, passes, hasTimers } = helper();
  await ask("one");
  heard();
  laid.push("A"); // the caller puts it back
  await passes(1000);
  expect(hasTimers()).toBe(false);
});

describe("a caller that died with its answer unread", () => {
  it("has its answer thrown away, and another token is laid", async () => {
    const { ask, heard, laid, passes } = helper({ look: "dead" });
    await ask("one");
    await passes(1000);
    expect(laid).toEqual(["B"]);
    expect(heard()).toBe("");
    await ask("two", { token: "B" });
    expect(heard()).toBe("two");
  });

  it("is not carried out any more with its old token", async () => {
    const { ask, called, passes } = helper({ look: "dead" });
    await ask("one");
    await passes(1000);
    await ask("late");
    expect(called).toEqual(["one"]);
  });
});

it("leaves the turn to a caller that is stopped", async () => {
  const { ask, laid, passes } = helper({ look: "stopped" });
  await ask("one");
  await passes(60_000);
  expect(laid).toEqual([]);
});

it("lays another token when the first was taken and nobody asks", async () => {
  const { ask, heard, laid, passes } = helper({ look: "dead" });
  await ask("one");
  heard();
  await passes(4000);
  expect(laid).toEqual([]);
  await passes(3000);
  expect(laid).toEqual(["B"]);
});

describe("a caller that has left its call behind", () => {
  it("gets another token at once, and its answer is thrown away", async () => {
    const { ask, bell, heard, laid, settle } = helper();
    await ask("one");
    bell.write("A");
    await settle();
    expect(laid).toEqual(["B"]);
    expect(heard()).toBe("");
  });

  it("waits until its call has ended, and hears nothing of it", async () => {
    const answer = slowAnswer();
    const { ask, bell, heard, laid, settle } = helper({ answer: () => answer.promise });
    await ask("one");
    bell.write("A");
    await settle();
    expect(laid).toEqual([]);
    answer.say("late");
    await settle();
    expect(laid).toEqual(["B"]);
    expect(heard()).toBe("");
  });

  it("is not believed with a token that was replaced", async () => {
    const { ask, bell, laid, settle } = helper();
    await ask("one");
    bell.write("Z");
    await settle();
    expect(laid).toEqual([]);
  });
});

it("finishes what is under way when the shell is gone, and ends", async () => {
  const answer = slowAnswer();
  const { ask, called, done, requests, settle } = helper({ answer: () => answer.promise });
  await ask("one");
  requests.end();
  await settle();
  answer.say("");
  await expect(done).resolves.toBeUndefined();
  expect(called).toEqual(["one"]);
});
