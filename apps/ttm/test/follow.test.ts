import { expect, it } from "vitest";
import { create, type Sandbox, sandbox } from "./ttm.ts";

/** Reads a process's standard output line by line as it comes. */
function linesOf(child: ReturnType<Sandbox["start"]>): () => Promise<string | undefined> {
  const iterator = child.iterable({ from: "stdout" })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await iterator.next();
    return done === true ? undefined : value;
  };
}

it("follows the log with each line that another process appends", async () => {
  const box = sandbox();
  await create(box);
  const child = box.start("events", "-f");
  const next = linesOf(child);

  expect(await next()).toContain('"event":"txn_start"');
  await box.ok("transition", "SELECT");
  expect(await next()).toContain('"to":"SELECT"');
  await box.ok("transition", "EXECUTE");
  expect(await next()).toContain('"to":"EXECUTE"');
  child.kill("SIGINT");
  expect(await next()).toBeUndefined();
  expect((await child).exitCode).toBe(130);
});

it("follows one type of event, as JSON lines when asked", async () => {
  const box = sandbox();
  const id = await create(box);
  await box.ok("transition", "SELECT");
  const child = box.start("events", "-f", "--json", id, "stage_transition");
  const next = linesOf(child);

  expect(JSON.parse((await next()) ?? "")).toMatchObject({ from: "NEW", to: "SELECT" });
  child.kill("SIGTERM");
  expect((await child).exitCode).toBe(143);
});

it("ends quietly when nobody reads any more", async () => {
  const box = sandbox();
  await create(box);
  const child = box.start("events", "--follow");
  await linesOf(child)();

  child.stdout.destroy();
  await box.ok("transition", "SELECT");

  expect(await child).toMatchObject({ exitCode: 0, stderr: "" });
});

it.each([
  ["commit", 0],
  ["fail", 1],
] as const)("watches until %s, and ends accordingly", async (end, exitCode) => {
  const box = sandbox();
  const id = await create(box);
  const child = box.start("watch");
  const next = linesOf(child);

  expect(await next()).toBe(id);
  expect(await next()).toContain("txn_start");
  await box.ok("transition", "EXECUTE");
  expect(await next()).toContain("NEW → EXECUTE");
  await box.ok(end);

  expect((await child).exitCode).toBe(exitCode);
});
