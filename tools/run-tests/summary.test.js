import { expect, it } from "vitest";
import { summarize } from "./summary.js";

/**
 * @param {Record<string, string>} tests names and how they ended.
 * @returns {import("./summary.js").Report}
 */
function report(tests) {
  const assertionResults = Object.entries(tests).map(([fullName, status]) => ({
    fullName,
    status,
  }));
  const failed = assertionResults.some(({ status }) => status === "failed");
  return {
    success: !failed,
    testResults: [
      { name: "a.test.ts", status: failed ? "failed" : "passed", message: "", assertionResults },
    ],
  };
}

/** @param {import("./summary.js").Summary} summary */
const lastLine = ({ lines }) => lines.at(-1);

it("adds up the packages", () => {
  const summary = summarize(
    [
      { name: "one", report: report({ a: "passed", b: "passed" }) },
      { name: "two", report: report({ c: "passed", d: "skipped" }) },
    ],
    { requireTools: false },
  );

  expect(lastLine(summary)).toBe("3 passed, 0 failed, 1 skipped");
  expect(summary.isFailure).toBe(false);
  expect(summary.lines).toContain("skipped: two: d");
});

it("fails when a test failed", () => {
  const summary = summarize([{ name: "one", report: report({ a: "passed", b: "failed" }) }], {
    requireTools: false,
  });

  expect(lastLine(summary)).toBe("1 passed, 1 failed, 0 skipped");
  expect(summary.isFailure).toBe(true);
});

it("repeats at the end what failed and why", () => {
  const failed = report({ a: "passed" });
  failed.testResults.push({
    name: "b.test.ts",
    status: "failed",
    message: "",
    assertionResults: [
      { fullName: "b", status: "failed", failureMessages: ["expected 1 to be 2"] },
    ],
  });

  const { lines } = summarize([{ name: "one", report: failed }], { requireTools: false });

  expect(lines).toContain("FAILED: one: b.test.ts: b\nexpected 1 to be 2");
});

it("repeats why a file could not be loaded", () => {
  const broken = {
    success: false,
    testResults: [
      { name: "a.test.ts", status: "failed", message: "no such module", assertionResults: [] },
    ],
  };

  const { lines } = summarize([{ name: "one", report: broken }], { requireTools: false });

  expect(lines).toContain("FAILED: one: a.test.ts\nno such module");
});

it("counts a package that did not report as a failure", () => {
  const summary = summarize(
    [
      { name: "one", report: report({ a: "passed" }) },
      { name: "two", report: undefined },
    ],
    { requireTools: false },
  );

  expect(lastLine(summary)).toBe("1 passed, 1 failed, 0 skipped");
  expect(summary.isFailure).toBe(true);
});

it("counts a file that could not be loaded as a failure", () => {
  const broken = { name: "b.test.ts", status: "failed", message: "no such module" };
  const summary = summarize(
    [
      {
        name: "one",
        report: { success: false, testResults: [{ ...broken, assertionResults: [] }] },
      },
    ],
    { requireTools: false },
  );

  expect(lastLine(summary)).toBe("0 passed, 1 failed, 0 skipped");
});

it("counts an error outside of every test as a failure", () => {
  const summary = summarize(
    [{ name: "one", report: { ...report({ a: "passed" }), success: false } }],
    { requireTools: false },
  );

  expect(lastLine(summary)).toBe("1 passed, 1 failed, 0 skipped");
});

it("fails where nothing was tested", () => {
  expect(summarize([], { requireTools: false }).isFailure).toBe(true);
});

it("takes a missing program for a failure where programs are required", () => {
  const runs = [
    {
      name: "one",
      report: report({
        "completes (needs zsh)": "skipped",
        "x (no right to mount)": "skipped",
        a: "passed",
      }),
    },
  ];

  expect(lastLine(summarize(runs, { requireTools: false }))).toBe("1 passed, 0 failed, 2 skipped");
  expect(lastLine(summarize(runs, { requireTools: true }))).toBe("1 passed, 1 failed, 1 skipped");
});
