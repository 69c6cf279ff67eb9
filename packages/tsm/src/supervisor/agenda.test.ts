import fc from "fast-check";
import { expect, it } from "vitest";
import { agenda, type Alarm } from "./agenda.ts";

/** An alarm whose time tests move on. */
function fakeAlarm(): Alarm & { pass(ms: number): void; readonly rings: number } {
  let upMs = 0;
  let rings = 0;
  let set: { atMs: number; ring: () => void } | undefined;
  return {
    now: () => upMs,
    up: () => upMs,
    after(ms, ring) {
      const mine = { atMs: upMs + ms, ring };
      set = mine;
      return () => {
        if (set === mine) set = undefined;
      };
    },
    pass(ms) {
      const untilMs = upMs + ms;
      for (let next = set; next !== undefined && next.atMs <= untilMs; next = set) {
        upMs = Math.max(upMs, next.atMs);
        set = undefined;
        rings += 1;
        next.ring();
      }
      upMs = untilMs;
    },
    get rings() {
      return rings;
    },
  };
}

it("does everything at its time, and nothing that was cancelled or set anew", () => {
  const change = fc.record({
    key: fc.nat(5),
    ms: fc.nat(100),
    isCancel: fc.boolean(),
    passMs: fc.nat(30),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const alarm = fakeAlarm();
      const times = agenda(alarm);
      const due = new Map<string, number>();
      const done: string[] = [];
      const wanted: string[] = [];
      const pass = (ms: number): void => {
        const untilMs = alarm.up() + ms;
        const ripe = [...due].filter(([, atMs]) => atMs <= untilMs);
        for (const [key, atMs] of ripe) {
          wanted.push(`${key} ${atMs}`);
          due.delete(key);
        }
        alarm.pass(ms);
      };
      for (const { key, ms, isCancel, passMs } of changes) {
        if (isCancel) times.cancel(`k${key}`);
        else times.set(`k${key}`, ms, () => done.push(`k${key} ${alarm.up()}`));
        if (isCancel) due.delete(`k${key}`);
        else due.set(`k${key}`, alarm.up() + ms);
        pass(passMs);
      }
      pass(200);
      expect(done.toSorted()).toEqual(wanted.toSorted());
    }),
  );
});

it("what is set again and again for later neither piles up nor rings", () => {
  const alarm = fakeAlarm();
  const times = agenda(alarm);
  for (let again = 0; again < 10_000; again += 1) times.set("k", 1_000_000, () => {});
  times.set("soon", 5, () => {});

  alarm.pass(1000);

  expect(alarm.rings).toBe(1);
});

it("what sets itself again for now does not keep others waiting", () => {
  const alarm = fakeAlarm();
  const times = agenda(alarm);
  const done: string[] = [];
  const again = (): void => {
    done.push("again");
    if (done.length < 5) times.set("again", 0, again);
  };
  times.set("again", 0, again);
  times.set("other", 0, () => done.push("other"));

  alarm.pass(1);

  expect(done.slice(0, 2)).toEqual(["again", "other"]);
});

it("does not do what was cancelled by what came at the same time", () => {
  const alarm = fakeAlarm();
  const times = agenda(alarm);
  const done: string[] = [];
  times.set("first", 5, () => {
    done.push("first");
    times.cancel("second");
  });
  times.set("second", 5, () => done.push("second"));

  alarm.pass(10);

  expect(done).toEqual(["first"]);
});
