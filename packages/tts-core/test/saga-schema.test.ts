import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sagaFromFile } from "../src/saga/saga-file.ts";
import { sagaFileJsonSchema } from "../src/saga/saga-file-shape.ts";
import { BAD_FILES, GOOD_FILES } from "./fixtures/saga-files.ts";

const published = readFileSync(new URL("../schemas/saga.schema.json", import.meta.url), "utf8");
const isValid = new Ajv2020({ strict: false }).compile(JSON.parse(published));

function isAccepted(document: unknown): boolean {
  try {
    sagaFromFile(document, { vars: {} });
    return true;
  } catch {
    return false;
  }
}

// To write it anew, after a build:
//   node -e 'import("./dist/saga/saga-file-shape.js").then((m) => console.log(JSON.stringify(m.sagaFileJsonSchema())))' \
//     >schemas/saga.schema.json && npx oxfmt schemas
it("publishes the schema as the code checks", () => {
  expect(JSON.parse(published)).toEqual(sagaFileJsonSchema());
});

describe("the published schema", () => {
  it.each(GOOD_FILES)("accepts $why", ({ document }) => {
    expect(isValid(document)).toBe(true);
  });

  it.each(BAD_FILES)("refuses $why", ({ document }) => {
    expect(isValid(document)).toBe(false);
  });

  it("never refuses what the parser accepts", () => {
    const whole = fc.constantFrom(...GOOD_FILES, ...BAD_FILES).map(({ document }) => document);
    fc.assert(
      fc.property(
        whole,
        fc.infiniteStream(fc.nat()),
        fc.anything({ maxDepth: 1 }),
        (document, dice, other) => {
          const changed = changedSomewhere(document, dice, other);

          expect(isAccepted(changed) && !isValid(changed)).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** The same document with another value, without a key or with one more at some place. */
function changedSomewhere(value: unknown, dice: Iterator<number>, other: unknown): unknown {
  const roll = (sides: number): number => Number(dice.next().value) % sides;
  if (typeof value !== "object" || value === null || roll(8) === 0) return other;
  const entries = Object.entries(value);
  const at = roll(entries.length + 1);
  const [key, inner] = entries[at] ?? [undefined, undefined];
  if (Array.isArray(value)) {
    return key === undefined
      ? [...value, other]
      : value.with(at, changedSomewhere(inner, dice, other));
  }
  if (key === undefined) return { ...value, [EXTRA[roll(EXTRA.length)] ?? ""]: other };
  const rest = Object.fromEntries(entries.filter(([name]) => name !== key));
  return roll(4) === 0 ? rest : { ...rest, [key]: changedSomewhere(inner, dice, other) };
}

const EXTRA = ["run", "action", "undo", "name", "steps", "pivot", "extra"];
