import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { execaSync } from "execa";
import { expect, it } from "vitest";
import { type Sandbox, sandbox } from "./ttm.ts";

interface State {
  readonly stage: string;
  readonly last_error: string | null;
  readonly run: Record<string, unknown>;
}

async function stateOf({ ok }: Sandbox): Promise<State> {
  return JSON.parse(await ok("state"));
}

async function artifact({ ok }: Sandbox, name: string): Promise<string> {
  return readFileSync(join((await ok("dir")).trimEnd(), "artifacts", name), "utf8");
}

/** Waits until a process has printed a line that fits, and returns the line. */
async function lineOf(stream: Readable, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    const line = text
      .split("\n")
      .slice(0, -1)
      .find((each) => pattern.test(each));
    if (line !== undefined) return line;
  }
  throw new Error(`never printed ${pattern}: ${text}`);
}

/** Whether a process runs; one that has ended and was not waited for does not. */
function isAlive(pid: number): boolean {
  const { stdout } = execaSync("ps", ["-o", "stat=", "-p", String(pid)], { reject: false });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

it("carries a command out as a whole transaction", async () => {
  const box = sandbox();
  const config = join(box.root, "config.toml");
  writeFileSync(config, "x = 1\n");

  const { stdout, stderr, exitCode } = await box.ttm(
    "run",
    "print it",
    "--ctx",
    config,
    "--agent",
    "cron",
    "--",
    "sh",
    "-c",
    'cat "$e1"; echo "$TTM_TXN_ID $e_count" >&2',
  );
  const id = (await box.ok("active")).trimEnd();

  expect({ stdout, exitCode }).toEqual({ stdout: "x = 1\n", exitCode: 0 });
  expect(stderr).toBe(`Transaction: ${id}\n${id} 1\nTransaction committed: ${id}\n`);
  expect(await artifact(box, "stdout.log")).toBe("x = 1\n");
  expect(await artifact(box, "stderr.log")).toBe(`${id} 1\n`);
  const status = JSON.parse(await box.ok("status", "--json"));
  expect(status.timeline.map(({ stage }: { stage: string }) => stage)).toEqual([
    "NEW",
    "SELECT",
    "ASSEMBLE",
    "EXECUTE",
    "VALIDATE",
    "DONE",
  ]);
  expect(status.state).toMatchObject({ agent: "cron", tes_plan: "localhost" });
});

it("fails with the command, and ends as it did", async () => {
  const box = sandbox();
  const { exitCode, stderr } = await box.ttm("run", "x", "--", "sh", "-c", "exit 7");

  expect(exitCode).toBe(7);
  expect(stderr).toMatch(/Transaction failed: x-\S+ - command exited with status 7\n$/);
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "command exited with status 7",
    run: { exit_code: 7, signal: null },
  });
});

it("tells of a command that a signal killed", async () => {
  const box = sandbox();

  expect(await box.ttm("run", "x", "--", "sh", "-c", "kill -TERM $$")).toMatchObject({
    exitCode: 143,
  });
  expect(await stateOf(box)).toMatchObject({
    last_error: "command killed by SIGTERM",
    run: { exit_code: null, signal: "SIGTERM" },
  });
});

it("tells a missing command from one that cannot be started", async () => {
  const box = sandbox();
  const file = join(box.root, "not-a-program");
  writeFileSync(file, "text");
  chmodSync(file, 0o600);

  expect(await box.ttm("run", "x", "--", "no-such-command-at-all")).toMatchObject({
    exitCode: 127,
  });
  expect(await stateOf(box)).toMatchObject({ stage: "FAIL", last_error: "command not found" });
  expect(await box.ttm("run", "x", "--", file)).toMatchObject({ exitCode: 126 });
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "command cannot be started (EACCES)",
  });
});

it("lets a validation decide", async () => {
  const box = sandbox();

  expect(
    await box.ttm("run", "x", "--validate", 'test -e "$TTM_TXN_DIR"; echo fine', "--", "true"),
  ).toMatchObject({ exitCode: 0, stdout: "fine\n" });
  expect(await stateOf(box)).toMatchObject({ stage: "DONE", validation: { exit_code: 0 } });
  expect(await artifact(box, "validate-stdout.log")).toBe("fine\n");

  expect(await box.ttm("run", "x", "--validate", "exit 4", "--", "true")).toMatchObject({
    exitCode: 4,
  });
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "validation exited with status 4",
    run: { exit_code: 0 },
    validation: { command: "exit 4", exit_code: 4 },
  });
});

it("does not validate what failed", async () => {
  const box = sandbox();
  const mark = join(box.root, "mark");
  await box.ttm("run", "x", "--validate", `touch '${mark}'`, "--", "false");

  expect(existsSync(mark)).toBe(false);
});

it("keeps every byte of a megabyte of output", async () => {
  const box = sandbox();
  const script = "head -c 1000000 /dev/zero | tr '\\0' 'x'; printf '\\377\\000\\n'";
  const { exitCode } = await box.ttm("run", "x", "--", "sh", "-c", script);

  expect(exitCode).toBe(0);
  const folder = (await box.ok("dir")).trimEnd();
  const kept = readFileSync(join(folder, "artifacts", "stdout.log"));
  expect(kept.length).toBe(1_000_003);
  expect([...kept.subarray(-3)]).toEqual([255, 0, 10]);
});

it("passes standard input on", async () => {
  const box = sandbox();
  const { stdout } = await box.shell("echo typed | ttm run x -- cat");

  expect(stdout).toBe("typed\n");
});

it.each([
  ["SIGINT", 130, "command stopped by SIGINT (Ctrl-C)"],
  ["SIGTERM", 143, "command stopped by SIGTERM"],
  ["SIGHUP", 129, "command stopped by SIGHUP (the terminal went away)"],
] as const)("stops the command and all it started on %s", async (signal, status, reason) => {
  const box = sandbox();
  const child = box.start("run", "x", "--", "sh", "-c", "sleep 1000 & echo $!; wait");
  const grandchild = Number(await lineOf(child.stdout, /^\d+$/));

  child.kill(signal);

  expect(await child).toMatchObject({ exitCode: status });
  expect(isAlive(grandchild)).toBe(false);
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: reason,
    run: { stopped_by: signal },
  });
});

it("does not take being stopped for a success", async () => {
  const box = sandbox();
  const script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done";
  const child = box.start("run", "x", "--", "sh", "-c", script);
  await lineOf(child.stdout, /ready/);

  child.kill("SIGTERM");

  expect(await child).toMatchObject({ exitCode: 143 });
  expect(await stateOf(box)).toMatchObject({ stage: "FAIL", run: { exit_code: 0 } });
});

it("kills a command that will not stop at the second signal", async () => {
  const box = sandbox();
  const script = "trap '' INT TERM; echo ready; while :; do sleep 0.1; done";
  const child = box.start("run", "x", "--", "sh", "-c", script);
  await lineOf(child.stdout, /ready/);

  child.kill("SIGINT");
  child.kill("SIGTERM");

  expect(await child).toMatchObject({ exitCode: 137 });
  expect(await stateOf(box)).toMatchObject({ stage: "FAIL", run: { signal: "SIGKILL" } });
});

it("does not wait for ever on what a command left running", async () => {
  const box = sandbox();
  const { stdout, exitCode } = await box.ttm("run", "x", "--", "sh", "-c", "sleep 30 & echo done");

  expect({ stdout, exitCode }).toEqual({ stdout: "done\n", exitCode: 0 });
});

it("stops a command that takes longer than it was given", async () => {
  const box = sandbox();
  const { exitCode } = await box.ttm("run", "x", "--timeout", "200ms", "--", "sleep", "1000");

  expect(exitCode).toBe(124);
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "command stopped after 0.2 s, the time it was given",
    run: { timeout_ms: 200 },
  });
  expect(await box.ttm("run", "x", "--timeout", "5", "--", "true")).toMatchObject({ exitCode: 64 });
});

it("refuses a target that nobody knows before anything is created", async () => {
  const box = sandbox();

  expect(await box.ttm("run", "x", "@stagign", "--", "true")).toMatchObject({
    exitCode: 66,
    stderr: "Error: @stagign is not known\nHint: did you mean @staging?\n",
  });
  expect(await box.ttm("run", "x", "me@host", "--", "true")).toMatchObject({ exitCode: 65 });
  expect(await box.json("list")).toEqual([]);
});

it("holds the lease, so that two runners cannot carry one transaction out", async () => {
  const box = sandbox();
  await box.ttm("run", "x", "--", "true");

  expect(await box.ok("events", "", "lease_taken")).toContain('"fence":1');
});

it("says so when the command ended the transaction itself", async () => {
  const box = sandbox();
  const { stderr, exitCode } = await box.shell(`ttm run x -- "$NODE" "$TTM" commit`);

  expect(exitCode).toBe(2);
  expect(stderr).toContain("cannot go from DONE to VALIDATE");
  expect(await stateOf(box)).toMatchObject({ stage: "DONE", last_error: null });
});

it("lets the command add evidence to its own transaction", async () => {
  const box = sandbox();
  const { stdout, exitCode } = await box.shell(
    `ttm run x -- "$NODE" "$TTM" add /etc/hostname host && ttm list-ctx`,
  );

  expect(exitCode).toBe(0);
  expect(stdout).toContain("Added context: 100_host\n");
  expect(stdout).toContain("\n100_host\n");
});
