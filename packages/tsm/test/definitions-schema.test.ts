import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTsmYaml } from "../src/definitions/tsm-yaml.ts";
import { definitionsJsonSchema } from "../src/definitions/service-keys.ts";
import { anyName, anyServiceKeys } from "./any-service-keys.ts";

const published = readFileSync(new URL("../schemas/tsm.schema.json", import.meta.url), "utf8");
const isValid = new Ajv2020({ strict: false }).compile(JSON.parse(published));

// To write it anew, after a build:
//   node -e 'import("./dist/definitions/service-keys.js").then((m) => console.log(JSON.stringify(m.definitionsJsonSchema())))' \
//     >schemas/tsm.schema.json && npx oxfmt schemas
it("publishes the schema as the code checks", () => {
  expect(JSON.parse(published)).toEqual(definitionsJsonSchema());
});

const services = fc.dictionary(anyName, anyServiceKeys, { minKeys: 1, maxKeys: 3 });

async function isAccepted(document: unknown): Promise<boolean> {
  return parseTsmYaml(JSON.stringify(document), "/tsm.yaml").then(
    () => true,
    () => false,
  );
}

describe("the published schema", () => {
  it("accepts every file of services", () => {
    fc.assert(
      fc.property(services, (all) => {
        expect([isValid({ services: all, "x-mine": 1 }), isValid.errors]).toEqual([true, null]);
      }),
    );
  });

  it.each([
    ["another key", { services: {}, service: {} }],
    ["another key of a service", { services: { api: { command: "x", comand: "y" } } }],
    ["no services", { org: "acme" }],
    ["a name that is a number", { services: { 12: { command: "x" } } }],
    ["a time without a unit", { services: { api: { command: "x", stop_timeout: "10" } } }],
    ["a signal that there is not", { services: { api: { command: "x", stop_signal: "SIGX" } } }],
    ["an unknown condition", { services: { api: { command: "x", depends_on: { db: "up" } } } }],
  ])("refuses %s, as the parser does", async (_, document) => {
    expect([isValid(document), await isAccepted(document)]).toEqual([false, false]);
  });

  it("never refuses what the parser accepts", async () => {
    const somewhere = fc.tuple(services, fc.infiniteStream(fc.nat()), fc.anything({ maxDepth: 1 }));
    await fc.assert(
      fc.asyncProperty(somewhere, async ([all, dice, other]) => {
        const changed: unknown = JSON.parse(
          JSON.stringify(changedSomewhere({ services: all }, dice, other)) ?? "null",
        );

        expect((await isAccepted(changed)) && !isValid(changed)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

/** The same document with another value or without a key at some place. */
function changedSomewhere(value: unknown, dice: Iterator<number>, other: unknown): unknown {
  const roll = (sides: number): number => Number(dice.next().value) % sides;
  if (typeof value !== "object" || value === null || roll(8) === 0) return other;
  const entries = Object.entries(value);
  const [key, inner] = entries[roll(entries.length)] ?? [];
  if (key === undefined) return other;
  if (Array.isArray(value)) {
    return value.with(Number(key), changedSomewhere(inner, dice, other));
  }
  const rest = Object.fromEntries(entries.filter(([name]) => name !== key));
  return roll(4) === 0 ? rest : { ...rest, [key]: changedSomewhere(inner, dice, other) };
}
