import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Selectable, selectServices } from "./select-services.ts";

const ALL: readonly Selectable[] = [
  { name: "web-3000", id: 0, pid: 4000, port: 3000 },
  { name: "web-api-3001", id: 1, pid: 4001, port: 3001, org: "acme" },
  { name: "worker-0", id: 2, pid: 4002, group: "worker", org: "acme" },
  { name: "worker-1", id: 3, pid: 2, group: "worker" },
  { name: "my-db-5432", id: 4, pid: 4003, port: 5432 },
  { name: "Cron", id: 5 },
];

it.each([
  ["*", ["web-3000", "web-api-3001", "worker-0", "worker-1", "my-db-5432", "Cron"]],
  ["0", ["web-3000"]],
  ["2", ["worker-0"]],
  ["4001", ["web-api-3001"]],
  ["5432", ["my-db-5432"]],
  ["web-3000", ["web-3000"]],
  ["web", ["web-3000"]],
  ["web-a", ["web-api-3001"]],
  ["worker", ["worker-0", "worker-1"]],
  ["db", ["my-db-5432"]],
  ["mydb", ["my-db-5432"]],
  ["cron", ["Cron"]],
  ["acme/", ["web-api-3001", "worker-0"]],
  ["acme/*", ["web-api-3001", "worker-0"]],
  ["acme/api", ["web-api-3001"]],
  ["acme/worker", ["worker-0"]],
])("%s means %j", (word, names) => {
  expect(selectServices([word], ALL)).toEqual(names);
});

it("takes several words, and each service once", () => {
  expect(selectServices(["cron", "worker", "3", "web"], ALL)).toEqual([
    "Cron",
    "worker-0",
    "worker-1",
    "web-3000",
  ]);
  expect(selectServices([], ALL)).toEqual([]);
  expect(selectServices(["*"], [])).toEqual([]);
});

it("names the candidates of a word that fits several", () => {
  expect(() => selectServices(["we"], ALL)).toThrow(
    expect.objectContaining({
      code: "AMBIGUOUS_SERVICE",
      message: "ambiguous name 'we'",
      details: {
        word: "we",
        candidates: [
          { id: 0, name: "web-3000" },
          { id: 1, name: "web-api-3001" },
        ],
      },
    }),
  );
});

it.each(["xyz", "99", "acme/cron", "nobody/", "nobody/web", "", "/"])("knows no %j", (word) => {
  expect(() => selectServices([word], ALL)).toThrow(
    expect.objectContaining({
      code: "SERVICE_NOT_FOUND",
      message: `process '${word}' not found`,
    }),
  );
});

describe("whatever services there are", () => {
  const name = fc.stringMatching(/^[a-c]{1,3}(-[a-c]{1,2})?(-[12]{1,2})?$/);
  const service = fc.record({
    pid: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    port: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    org: fc.constantFrom(undefined, "o", "p"),
    group: fc.constantFrom(undefined, "a", "b"),
    name,
  });
  const services = fc
    .uniqueArray(service, { selector: (one) => one.name, maxLength: 8 })
    .map((all): readonly Selectable[] => all.map((one, id) => Object.assign(one, { id })));
  const word = fc.oneof(
    name,
    fc.constantFrom("*", "o/", "p/*", "o/a", "q/"),
    fc.nat({ max: 30 }).map(String),
    fc.stringMatching(/^[a-c]{1,2}$/),
  );
  type Outcome = readonly string[] | string;

  function outcome(words: readonly string[], all: readonly Selectable[]): Outcome {
    try {
      return selectServices(words, all);
    } catch (error) {
      return String(error);
    }
  }

  it("selects each at most once, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), services, (words, all) => {
        const names = new Set(all.map((one) => one.name));
        const selected = outcome(words, all);
        const found = typeof selected === "string" ? [] : selected;
        expect(new Set(found).size).toBe(found.length);
        expect(found.every((one) => names.has(one))).toBe(true);
      }),
    );
  });

  it("always knows a service by its whole name, and by its id", () => {
    fc.assert(
      fc.property(services, (all) => {
        for (const one of all) {
          expect(selectServices([one.name], all)).toEqual([one.name]);
          expect(selectServices([String(one.id)], all)).toEqual([one.name]);
        }
      }),
    );
  });

  it("does not depend on the order in which they are listed", () => {
    fc.assert(
      fc.property(word, services, fc.infiniteStream(fc.nat()), (typed, all, keys) => {
        const mixed = all
          .map((one) => ({ one, key: keys.next().value }))
          .toSorted((a, b) => (a.key ?? 0) - (b.key ?? 0))
          .map(({ one }) => one);
        expect(outcome([typed], mixed)).toEqual(outcome([typed], all));
      }),
    );
  });

  it("takes one of several only for a whole group, an organisation, or all", () => {
    fc.assert(
      fc.property(word, services, (typed, all) => {
        const selected = outcome([typed], all);
        const isMany = typeof selected !== "string" && selected.length > 1;
        const mayBeMany = /^(\*|[ab]|[op]\/.*)$/.test(typed);
        expect(isMany && !mayBeMany).toBe(false);
      }),
    );
  });
});
