import fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  analyticsOf,
  MOST_TOKENS,
  type MonitorEvent,
  OTHER_TOKENS,
  parseEvent,
  readTriggers,
  sessionsOf,
  summaryOf,
  tallyOf,
  triggerFile,
  usersOf,
} from "../src/monitoring/index.ts";

/** Events of one service, from lines with the milliseconds in front: `250 TETRA:CLICK:A user=ada`. */
function eventsOf(...lines: readonly string[]): readonly MonitorEvent[] {
  return lines.flatMap((line, offset) => {
    const [, ms = "0", text = ""] = /^(\d+) (.*)$/.exec(line) ?? [];
    const origin = { service: "web", stream: "out", offset, precisionMs: 100 } as const;
    return parseEvent(text, { ...origin, atMs: Number(ms) }) ?? [];
  });
}

const line = fc
  .record({
    service: fc.constantFrom("web", "api"),
    stream: fc.constantFrom("out", "err"),
    atMs: fc.integer({ min: 0, max: 20_000_000 }),
    precisionMs: fc.constantFrom(undefined, 0, 400, 30_000),
    token: fc.constantFrom(
      "CLICK:A",
      "PAGE:V",
      "REQUEST:S",
      "RESPONSE:E",
      "SESSION:END",
      "X:ERROR",
    ),
    fields: fc.subarray([
      "user=ada",
      "user=bob",
      "session=1",
      "session=2",
      "id=7",
      "page=/",
      "ip=1",
    ]),
    noise: fc.string({ unit: "binary", maxLength: 5 }),
  })
  .map(({ token, fields, noise, ...origin }) => ({
    origin,
    text: `TETRA:${token} ${fields.join(" ")} ${noise}`,
  }));

const events: fc.Arbitrary<readonly MonitorEvent[]> = fc
  .array(line, { maxLength: 40 })
  .map((lines) =>
    lines.flatMap(({ origin, text }, offset) => parseEvent(text, { ...origin, offset }) ?? []),
  );

/** The same events, read in another order. */
const shuffled = events.chain((all) =>
  fc.record({
    all: fc.constant(all),
    other: fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }),
  }),
);

it("reports the same, in whatever order the lines were read", () => {
  fc.assert(
    fc.property(shuffled, ({ all, other }) => {
      expect(analyticsOf(other)).toEqual(analyticsOf(all));
      expect(sessionsOf(other)).toEqual(sessionsOf(all));
      expect(usersOf(other)).toEqual(usersOf(all));
      expect(tallyOf(other)).toEqual(tallyOf(all));
    }),
  );
});

it("counts every event exactly once", () => {
  fc.assert(
    fc.property(events, fc.nat(40), (all, cut) => {
      const tally = tallyOf(all.slice(cut), tallyOf(all.slice(0, cut)));
      const counted = [...tally.byToken.values()].reduce((sum, { count }) => sum + count, 0);
      const sessions = sessionsOf(all);
      const somebodys = all.filter(
        ({ category, fields }) =>
          ["CLICK", "PAGE", "SESSION"].includes(category) ||
          ["user", "session", "ip"].some((name) => fields.has(name)),
      );

      expect(tally).toEqual(tallyOf(all));
      expect(counted).toBe(all.length);
      expect(summaryOf(sessions).events).toBe(somebodys.length);
      expect(usersOf(all).reduce((sum, user) => sum + user.events, 0)).toBe(somebodys.length);
      expect(usersOf(all).reduce((sum, user) => sum + user.sessions, 0)).toBe(sessions.length);
    }),
  );
});

it("never puts more together than there is", () => {
  fc.assert(
    fc.property(events, (all) => {
      const { clicks, responses } = analyticsOf(all);

      expect(responses.correlated).toBeLessThanOrEqual(responses.responses);
      expect(responses.unanswered).toBeGreaterThanOrEqual(0);
      expect(responses.slow + responses.untimed).toBeLessThanOrEqual(responses.correlated);
      expect(responses.slowestMs ?? 0).toBeLessThanOrEqual(5_100);
      expect(clicks.rapid).toBeLessThanOrEqual(Math.max(0, clicks.total - 1));
    }),
  );
});

it("takes clicks of the same user within less than 2 s for rapid", () => {
  const clicks = eventsOf(
    "1000 TETRA:CLICK:A user=ada target=save",
    "2999 TETRA:CLICK:A user=ada target=save",
    "4999 TETRA:CLICK:A user=ada",
    "5000 TETRA:CLICK:A user=bob",
  );

  expect(analyticsOf(clicks).clicks).toEqual({
    total: 4,
    rapid: 1,
    targets: [
      { name: "A", count: 2 },
      { name: "save", count: 2 },
    ],
  });
});

it("correlates responses within 5 s, and those above 1000 ms are slow", () => {
  const { responses } = analyticsOf(
    eventsOf(
      "0 TETRA:REQUEST:START id=1",
      "0 TETRA:REQUEST:START id=2",
      "0 TETRA:REQUEST:START id=3",
      "1000 TETRA:RESPONSE:END id=1",
      "1001 TETRA:RESPONSE:END id=2",
      "5001 TETRA:RESPONSE:END id=3",
    ),
  );

  expect(responses).toMatchObject({ requests: 3, responses: 3, correlated: 2, unanswered: 1 });
  expect(responses).toMatchObject({ slow: 1, medianMs: 1000, p95Ms: 1001, slowestMs: 1001 });
});

it("answers the oldest open request without an id, else the click", () => {
  const { responses } = analyticsOf(
    eventsOf(
      "0 TETRA:CLICK:SAVE user=ada",
      "100 TETRA:REQUEST:START user=ada",
      "400 TETRA:RESPONSE:END user=ada",
      "500 TETRA:RESPONSE:END user=ada",
      "600 TETRA:RESPONSE:END user=bob",
    ),
  );

  expect(responses).toMatchObject({ correlated: 2, medianMs: 300, slowestMs: 500 });
});

it("says nothing of times that the log does not know, unless the service measured", () => {
  const vague = eventsOf("0 TETRA:REQUEST:S id=1", "9 TETRA:RESPONSE:E id=1").map((event) =>
    Object.assign({}, event, { precisionMs: 30_000 }),
  );
  const measured = eventsOf("0 TETRA:REQUEST:S id=1", "9 TETRA:RESPONSE:E id=1 duration_ms=1234");

  expect(analyticsOf(vague).responses).toMatchObject({ correlated: 1, untimed: 1, slow: 0 });
  expect(analyticsOf(measured).responses).toMatchObject({ slow: 1, slowestMs: 1234 });
});

it("follows journeys through sessions, and names the user once one event did", () => {
  const [session] = sessionsOf(
    eventsOf(
      "0 TETRA:PAGE:VIEW session=s page=/",
      "10 TETRA:PAGE:VIEW session=s page=/",
      "20 TETRA:USER:LOGIN session=s user=ada",
      "30 TETRA:PAGE:VIEW session=s page=/cart",
      "40 TETRA:SESSION:END session=s",
    ),
  );

  expect(session).toMatchObject({ id: "s", user: "ada", events: 5, hasEnded: true });
  expect(session?.journey).toEqual(["/", "/cart"]);
});

it("begins another session after half an hour of silence", () => {
  const silent = eventsOf(
    "0 TETRA:A:B user=ada",
    "1800000 TETRA:A:B user=ada",
    "3600001 TETRA:A:B user=ada",
  );

  expect(sessionsOf(silent).map(({ id }) => id)).toEqual(["ada#1", "ada#2"]);
});

it("gives who has no name always the same one, of eight hexadecimal digits", () => {
  const visits = eventsOf(
    "0 TETRA:A:B ip=10.0.0.1",
    "1 TETRA:A:B ip=10.0.0.2",
    "2 TETRA:A:B ip=10.0.0.1",
  );
  const users = usersOf(visits);

  expect(new Set(users.map(({ events: count }) => count))).toEqual(new Set([1, 2]));
  for (const { user, isAnonymous } of users) {
    expect(user).toMatch(/^anon_[0-9a-f]{8}$/);
    expect(isAnonymous).toBe(true);
  }
  expect(usersOf(visits)).toEqual(users);
});

it("does not grow without limit when a service makes up tokens", () => {
  const flood = eventsOf(...Array.from({ length: 3000 }, (_, at) => `0 TETRA:FLOOD:E${at}`));
  const tally = tallyOf(flood);

  expect(tally.byToken.size).toBe(MOST_TOKENS + 1);
  expect(tally.byToken.get(OTHER_TOKENS)?.count).toBe(1000);
});

it("counts a hundred thousand open requests of one user", () => {
  const flood = Array.from({ length: 100_000 }, (_, at) => `${at % 5000} TETRA:REQUEST:S user=x`);

  expect(analyticsOf(eventsOf(...flood)).responses.requests).toBe(100_000);
});

it("executes only a file of triggers that nobody else can write to", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsm-triggers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = triggerFile(folder);

  expect(readTriggers(folder)).toEqual([]);
  mkdirSync(join(folder, "config"));
  writeFileSync(path, "CLICK|true|x|true\n", { mode: 0o600 });
  expect(readTriggers(folder)).toMatchObject([{ name: "CLICK" }]);
  chmodSync(path, 0o666);
  expect(() => readTriggers(folder)).toThrow("others may write to it, and it is executed");
});
