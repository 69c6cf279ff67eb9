import { describe, expect, it, vi } from "vitest";
import { stopSwitch } from "./stop-switch.ts";

const ENOUGH = new Error("enough");

describe("a switch", () => {
  it("that nobody has thrown lets go on", () => {
    const made = stopSwitch();
    expect(made.reason).toBeUndefined();
    expect(made.signal.aborted).toBe(false);
  });

  it("aborts the signal that somebody asked for before, with the reason", () => {
    const { signal, stop } = stopSwitch();
    stop(ENOUGH);
    expect(signal).toMatchObject({ aborted: true, reason: ENOUGH });
  });

  it("gives an aborted signal to whoever asks afterwards", () => {
    const made = stopSwitch();
    made.stop(ENOUGH);
    expect(made.signal).toMatchObject({ aborted: true, reason: ENOUGH });
    expect(made.signal).toBe(made.signal);
  });

  it("calls back once, and keeps the first reason", () => {
    const made = stopSwitch();
    const tell = vi.fn<() => void>();
    made.onStop(tell);
    made.stop(ENOUGH);
    made.stop(new Error("too much"));
    expect(tell).toHaveBeenCalledTimes(1);
    expect(made.reason).toBe(ENOUGH);
  });
});
