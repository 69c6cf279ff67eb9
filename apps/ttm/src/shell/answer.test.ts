import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerBytes } from "./answer.ts";

function columns(bytes: Buffer): readonly string[] {
  const header = bytes.toString("utf8", 0, 64);
  return [0, 4, 16, 28, 40, 42].map((at, index, all) => header.slice(at, all[index + 1]).trimEnd());
}

describe("the header", () => {
  it("has 64 bytes, and says what follows", () => {
    const bytes = answerBytes("4242.17", { status: 3, stdout: "out\n", stderr: "err" });
    expect(columns(bytes)).toEqual(["3", "4", "3", "7", "a", "4242.17"]);
    expect(bytes.toString("utf8", 64)).toBe("out\nerr");
  });

  it("says when there is nothing but output", () => {
    const bytes = answerBytes("1.1", { status: 0, stdout: "out\n", stderr: "" });
    expect(columns(bytes)).toEqual(["0", "4", "0", "4", "o", "1.1"]);
  });

  it("counts bytes, and says so where they are not characters", () => {
    const bytes = answerBytes("1.1", { status: 0, stdout: "ä→", stderr: "" });
    expect(columns(bytes)).toEqual(["0", "5", "0", "5", "b", "1.1"]);
  });

  it("has shells count bytes in long answers, where that is faster", () => {
    const bytes = answerBytes("1.1", { status: 0, stdout: "x".repeat(5000), stderr: "" });
    expect(columns(bytes)).toEqual(["0", "5000", "0", "5000", "b", "1.1"]);
  });
});

it("leaves NUL out, which a shell would not count", () => {
  const bytes = answerBytes("1.1", { status: 0, stdout: "a\0b", stderr: "\0" });
  expect(columns(bytes)).toEqual(["0", "2", "0", "2", "o", "1.1"]);
});

it("refuses a name that is none: it would be evaluated", () => {
  const answer = { status: 0, stdout: "", stderr: "", variables: { "x;rm": "y" } };
  expect(() => answerBytes("1.1", answer)).toThrow('not a variable\'s name: "x;rm"');
});

it("has a shell set exactly the values, unset, and publish", () => {
  const value = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(value, value, (one, two) => {
      const bytes = answerBytes("1.1", {
        status: 0,
        stdout: "",
        stderr: "",
        variables: { one, gone: undefined },
        published: [["txn.created", two, ""]],
      });
      const script = `gone=here; ttm_publish() { printf '%s|' "$@"; }
        ${bytes.toString("utf8", 64)}printf '%s|%s' "$one" "\${gone-unset}"`;
      const printed = execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
      const asUtf8 = (text: string): string => Buffer.from(text).toString();
      expect(printed).toBe(`txn.created|${asUtf8(two)}||${asUtf8(one)}|unset`);
    }),
    { numRuns: 30 },
  );
});
