/** @typedef {{ fullName: string, status: string, failureMessages?: string[] }} TestResult */
/**
 * What vitest's JSON reporter tells of one package.
 * @typedef {{ success: boolean, testResults: { name: string, status: string, message: string, assertionResults: TestResult[] }[] }} Report
 */
/** @typedef {{ name: string, report: Report | undefined }} PackageRun */
/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ lines: string[], isFailure: boolean }} Summary */

/**
 * Adds up what every package reported. A package without a report counts as a failure, because its
 * tests did not run to their end; so does a file of tests that could not be loaded.
 * @param {readonly PackageRun[]} runs
 * @param {{ requireTools: boolean }} options `requireTools`: a test that was skipped because it
 *   "needs" a program is a failure.
 * @returns {Summary} the last line is the sum, `N passed, N failed, N skipped`.
 */
export function summarize(runs, { requireTools }) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const remarks = [];
  for (const { name, report } of runs) {
    const counts = countsOf(report);
    const skipped = skippedTests(report);
    const missing = requireTools ? skipped.filter(needsTool) : [];
    total.passed += counts.passed;
    total.failed += counts.failed + missing.length;
    total.skipped += counts.skipped - missing.length;
    lines.push(`${name.padEnd(24)} ${describe(report, counts)}`);
    remarks.push(
      ...skipped
        .filter((test) => !missing.includes(test))
        .map((test) => `skipped: ${name}: ${test}`),
    );
    remarks.push(...missing.map((test) => `FAILED, a program is missing: ${name}: ${test}`));
    remarks.push(...failures(report).map((failure) => `FAILED: ${name}: ${failure}`));
  }
  lines.push(...remarks);
  lines.push(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return { lines, isFailure: total.failed > 0 || total.passed === 0 };
}

/**
 * @param {Report | undefined} report
 * @returns {Counts}
 */
function countsOf(report) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.filter(({ status }) => status === "failed").length;
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  ).length;
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    // vitest is also unhappy about errors that belong to no test
    failed: Math.max(failed + brokenFiles, report.success ? 0 : 1),
    skipped: tests.filter(isSkipped).length,
  };
}

/**
 * @param {Report | undefined} report
 * @param {Counts} counts
 */
function describe(report, { passed, failed, skipped }) {
  if (report === undefined) return "did not finish";
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** @param {Report | undefined} report */
function skippedTests(report) {
  const tests = (report?.testResults ?? []).flatMap(({ assertionResults }) => assertionResults);
  return tests.filter(isSkipped).map(({ fullName }) => fullName);
}

/**
 * What failed and why, for whoever sees the end of the output only.
 * @param {Report | undefined} report
 */
function failures(report) {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return status === "failed" ? [`${name}\n${message}`] : [];
    return failed.map(({ fullName, failureMessages = [] }) =>
      [`${name}: ${fullName}`, ...failureMessages].join("\n"),
    );
  });
}

/** @param {TestResult} test */
function isSkipped({ status }) {
  return status !== "passed" && status !== "failed";
}

/** @param {string} test its whole name. */
function needsTool(test) {
  return test.includes("(needs ");
}
