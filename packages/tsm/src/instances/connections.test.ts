import { expect, it } from "vitest";
import type { Clock } from "../clock.ts";
import { countIn, drain } from "./connections.ts";

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100007F:0BB8 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 0100007F:D431 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000     0        0 3 1
   3: 0100007F:0BB8 0100007F:D432 08 00000000:00000000 00:00000000 00000000     0        0 4 1
   4: 0100007F:0BB8 0100007F:D433 03 00000000:00000000 00:00000000 00000000     0        0 5 1
   5: 0100007F:1BB8 0100007F:D434 01 00000000:00000000 00:00000000 00000000     0        0 6 1
`;

it("counts who is connected to the port: not who listens, the other ends, or who was left by the client", () => {
  expect(countIn(TABLE, 3000)).toBe(2);
  expect(countIn(TABLE, 80)).toBe(0);
});

function fakeClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    async sleep(ms) {
      nowMs += ms;
    },
  };
}

it("waits until all connections have ended, and for a moment in which no new one comes", async () => {
  const clock = fakeClock();
  const count = (): number => {
    const nowMs = clock.now();
    return nowMs < 200 || (nowMs >= 240 && nowMs < 500) ? 3 : 0;
  };

  expect(await drain({ port: 1, clock, count, timeoutMs: 10_000 })).toBe(0);
  expect(clock.now()).toBeGreaterThanOrEqual(600);
});

it("does not wait for ever, and says how many are left", async () => {
  const clock = fakeClock();

  expect(await drain({ port: 1, clock, count: () => 2, timeoutMs: 1000 })).toBe(2);
  expect(clock.now()).toBe(1000);
});

it("waits the whole time where the system does not tell", async () => {
  const clock = fakeClock();

  expect(await drain({ port: 1, clock, count: () => undefined, timeoutMs: 1000 })).toBe(0);
  expect(clock.now()).toBe(1000);
});
