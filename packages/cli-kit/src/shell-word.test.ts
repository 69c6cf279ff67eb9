import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { shellWord } from "./shell-word.ts";

it("gives sh back every text exactly", () => {
  const text = fc.string({ unit: "binary" }).filter((each) => !each.includes("\0"));
  fc.assert(
    fc.property(fc.array(text, { minLength: 20, maxLength: 20 }), (texts) => {
      const script = `printf '%s\\0' ${texts.map(shellWord).join(" ")}`;
      const printed = execFileSync("sh", ["-c", script]).toString().split("\0").slice(0, -1);

      expect(printed).toEqual(texts.map((each) => Buffer.from(each).toString()));
    }),
    { numRuns: 20 },
  );
});

it("leaves plain words plain", () => {
  expect(shellWord("/srv/ctx/100_app.tar.gz")).toBe("/srv/ctx/100_app.tar.gz");
});
