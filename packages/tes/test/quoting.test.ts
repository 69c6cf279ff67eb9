import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandLine, quoteForShell } from "../src/index.ts";

const SHELLS = ["/bin/sh", "/bin/bash", "/bin/dash"];
const isRequired = process.env["TETRA_REQUIRE_TOOLS"] === "1";

// every character stands for one byte, so that what is no UTF-8 is tried too
const byteWord = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 40 })
  .map((bytes) => String.fromCharCode(...bytes));
const nasty = fc
  .array(
    fc.constantFrom("'", '"', "\\", "\n", "$", "`", "!", " ", "*", "\t", "~", "#", "=", "a", "-"),
  )
  .map((parts) => parts.join(""));
const word = fc.oneof(byteWord, nasty, fc.constantFrom("if", "time", "A=b", "", "-n", "{", "}"));

/** What a shell makes of a script of bytes. */
function outputOf(shell: string, script: string): string {
  const { stdout } = spawnSync(shell, ["-s"], { input: Buffer.from(script, "latin1") });
  return stdout.toString("latin1");
}

describe.each(SHELLS)("%s", (shell) => {
  it.skipIf(!existsSync(shell) && !isRequired)(`reads back every word (needs ${shell})`, () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        const printed = outputOf(shell, `printf '%s\\0' ${commandLine(words)}\n`);
        expect(printed).toBe(words.map((each) => `${each}\0`).join(""));
      }),
      { numRuns: 60 },
    );
  });

  it.skipIf(!existsSync(shell) && !isRequired)(
    `reads back every byte alone (needs ${shell})`,
    () => {
      const words = Array.from({ length: 255 }, (_, at) => String.fromCharCode(at + 1));
      const printed = outputOf(shell, `printf '%s\\0' ${commandLine(words)}\n`);

      expect(printed).toBe(words.map((each) => `${each}\0`).join(""));
    },
  );

  it.skipIf(!existsSync(shell) && !isRequired)(`survives two shells (needs ${shell})`, () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 10 }), (words) => {
        const inner = `printf '%s\\0' ${commandLine(words)}`;
        const printed = outputOf(shell, `exec ${commandLine([shell, "-c", inner])}\n`);
        expect(printed).toBe(words.map((each) => `${each}\0`).join(""));
      }),
      { numRuns: 30 },
    );
  });
});

it("leaves plain words alone, and refuses NUL", () => {
  expect(commandLine(["ls", "-l", "/a/b_c-d.e:f,g%h+i@j"])).toBe("ls -l /a/b_c-d.e:f,g%h+i@j");
  expect(() => quoteForShell("a\0b")).toThrow(expect.objectContaining({ code: "INVALID_TEXT" }));
});
