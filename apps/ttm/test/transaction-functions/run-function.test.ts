import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { callingShell } from "./calling-shell.ts";

async function stepsOf(ok: (...line: readonly string[]) => Promise<string>): Promise<unknown[]> {
  const lines = (await ok("txn_events")).split("\n");
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event.startsWith("step_"));
}

it("records that a function begins, and hands it the evidence", async () => {
  const { ok, call, transactions } = callingShell();
  const id = await ok("txn_create", "a b");
  const evidence = join(transactions, id, "ctx/100_a");
  writeFileSync(evidence, "");

  const answer = await call(["txn_execute", id, "deploy_api"]);

  expect(answer).toMatchObject({ status: 0, stdout: "", variables: { e1: evidence } });
  expect(await stepsOf(ok)).toMatchObject([
    { event: "step_started", step: "deploy_api", attempt: 1, key: `${id}/deploy_api` },
  ]);
});

it("records how it ended; the next time is another attempt", async () => {
  const { ok } = callingShell();
  const id = await ok("txn_create", "a b");
  await ok("txn_execute", id, "deploy_api");
  await ok("_txn_executed", id, "deploy_api", "3");
  await ok("txn_execute", id, "deploy_api");
  await ok("_txn_executed", id, "deploy_api", "0");

  expect(await stepsOf(ok)).toMatchObject([
    { event: "step_started", attempt: 1 },
    { event: "step_failed", attempt: 1, error: "exit status 3", outcome: "failed" },
    { event: "step_started", attempt: 2 },
    { event: "step_completed", attempt: 2 },
  ]);
});

it("runs nothing in a transaction that has ended", async () => {
  const { ok, call } = callingShell();
  const id = await ok("txn_create", "a b");
  await ok("txn_commit");

  expect(await call(["txn_execute", id, "deploy_api"])).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("has ended"),
  });
});

it("hands a check the evidence and records nothing", async () => {
  const { ok, call } = callingShell();
  const id = await ok("txn_create", "a b");

  expect(await call(["txn_validate", id, "health"])).toMatchObject({
    status: 0,
    variables: { e_count: "0" },
  });
  expect(await stepsOf(ok)).toEqual([]);
});

it.each(["txn_execute", "txn_validate"])("%s refuses an id that is none", async (name) => {
  expect((await callingShell().call([name, "gone", "f"])).status).toBe(1);
});
