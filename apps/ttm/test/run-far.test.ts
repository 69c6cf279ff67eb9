import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { expect, it } from "vitest";
import { farMachine, hasSshd, sandboxNear } from "./far.ts";
import { create, PROGRAM, type Sandbox } from "./ttm.ts";

const far = farMachine();

interface State {
  readonly stage: string;
  readonly last_error: string | null;
  readonly tes_plan: string;
  readonly run: Record<string, unknown>;
}

async function stateOf({ ok }: Sandbox): Promise<State> {
  return JSON.parse(await ok("state"));
}

async function artifact({ ok }: Sandbox, name: string): Promise<Buffer> {
  return readFileSync(join((await ok("dir")).trimEnd(), "artifacts", name));
}

async function untilItSays(stream: Readable, text: string): Promise<void> {
  let said = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes(text)) return;
  }
  throw new Error(`never said ${text}: ${said}`);
}

it.skipIf(!hasSshd)(
  "executes a command there, and records who, where and how (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const { stdout, stderr, exitCode } = await box.ttm(
      "run",
      "look around",
      "@staging",
      "--",
      "sh",
      "-c",
      'pwd; printf "%s|" "$@"; echo oops >&2',
      "x",
      "two words",
      "qu'ote $HOME",
    );

    expect({ stdout, exitCode }).toEqual({
      stdout: `${far().home}\ntwo words|qu'ote $HOME|`,
      exitCode: 0,
    });
    expect(stderr).toMatch(/^Transaction: (\S+)\noops\nTransaction committed: \1\n$/);
    expect((await artifact(box, "stdout.log")).toString()).toBe(stdout);
    expect((await artifact(box, "stderr.log")).toString()).toBe("oops\n");
    expect(await stateOf(box)).toMatchObject({
      stage: "DONE",
      tes_plan: "web1",
      run: {
        command: ["sh", "-c", expect.any(String), "x", "two words", "qu'ote $HOME"],
        host: "web1",
        user: expect.any(String),
        plan: {
          symbol: "@staging",
          text: expect.stringMatching(/^ssh -- web1: execute: sh -c /),
          argv: expect.arrayContaining(["ssh", "web1"]),
        },
        allowed: "@staging is not protected",
        exit_code: 0,
      },
    });
    expect(await box.ok("events", "", "txn_update")).toContain('"host":"web1"');
  },
);

it.skipIf(!hasSshd)("ends as the command there did (needs sshd)", async () => {
  const box = sandboxNear(far());

  expect(await box.ttm("run", "x", "@staging", "--", "sh", "-c", "exit 7")).toMatchObject({
    exitCode: 7,
  });
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "command exited with status 7",
  });
  expect(await box.ttm("run", "@staging", "--", "no-such-command-at-all")).toMatchObject({
    exitCode: 127,
  });
});

it.skipIf(!hasSshd)("validates here what was done there (needs sshd)", async () => {
  const box = sandboxNear(far());
  const check = `test -e '${far().home}/made'`;

  expect(
    await box.ttm("run", "x", "@staging", "--validate", check, "--", "touch", "made"),
  ).toMatchObject({ exitCode: 0 });
  expect(
    await box.ttm("run", "x", "@staging", "--validate", check, "--", "rm", "made"),
  ).toMatchObject({ exitCode: 1 });
});

it.skipIf(!hasSshd)("keeps every byte of a megabyte (needs sshd)", async () => {
  const box = sandboxNear(far());
  const script = "head -c 1000000 /dev/zero; printf '\\377\\000\\n'";
  await box.ok("run", "x", "@staging", "--", "sh", "-c", script);
  const kept = await artifact(box, "stdout.log");

  expect(kept.length).toBe(1_000_003);
  expect([...kept.subarray(-3)]).toEqual([255, 0, 10]);
});

const LEFT_BEHIND = (mark: string): string =>
  `trap 'echo interrupted > ${mark}; exit 9' TERM; echo ready; while :; do sleep 0.1; done`;

it.skipIf(!hasSshd).each([
  ["SIGINT", 130, "command stopped by SIGINT (Ctrl-C)"],
  ["SIGTERM", 143, "command stopped by SIGTERM"],
] as const)("interrupts the command there on %s (needs sshd)", async (signal, status, reason) => {
  const box = sandboxNear(far());
  const mark = join(far().home, `mark-${signal}`);
  const child = box.start("run", "x", "@staging", "--", "sh", "-c", LEFT_BEHIND(mark));
  await untilItSays(child.stdout, "ready");

  child.kill(signal);

  expect(await child).toMatchObject({ exitCode: status });
  await expect.poll(() => existsSync(mark), { timeout: 10_000 }).toBe(true);
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: reason,
    run: { stopped_by: signal },
  });
});

it.skipIf(!hasSshd)("interrupts the command there when its time is over (needs sshd)", async () => {
  const box = sandboxNear(far());
  const mark = join(far().home, "mark-late");
  const script = LEFT_BEHIND(mark);
  const wanted = ["run", "x", "@staging", "--timeout", "1s"] as const;
  const { exitCode } = await box.ttm(...wanted, "--", "sh", "-c", script);

  expect(exitCode).toBe(124);
  await expect.poll(() => existsSync(mark), { timeout: 10_000 }).toBe(true);
  expect(await stateOf(box)).toMatchObject({ stage: "FAIL", run: { timeout_ms: 1000 } });
});

it.skipIf(!hasSshd)("fails the transaction when the connection breaks (needs sshd)", async () => {
  const box = sandboxNear(far());
  const child = box.start("run", "x", "@cuttable", "--", "sh", "-c", "echo ready; sleep 20");
  await untilItSays(child.stdout, "ready");

  far().cut();

  expect(await child).toMatchObject({ exitCode: 69 });
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: expect.stringMatching(/^run: @cuttable: execute: .+/),
  });
});

it.skipIf(!hasSshd)("fails the transaction when it cannot connect (needs sshd)", async () => {
  const box = sandboxNear(far());

  expect(await box.ttm("run", "x", "@refused", "--", "true")).toMatchObject({
    exitCode: 69,
    stderr: expect.stringMatching(/Error: @refused: .*refused/u),
  });
  expect(await stateOf(box)).toMatchObject({ stage: "FAIL" });
});

it.skipIf(!hasSshd)("wants a protected environment confirmed by name (needs sshd)", async () => {
  const box = sandboxNear(far());

  for (const more of [[], ["--confirm", "@staging"]]) {
    expect(await box.ttm("run", "x", "@prod", ...more, "--", "true")).toMatchObject({
      exitCode: 77,
      stderr:
        "Error: @prod: execute refused: @prod is read-only until confirmed\n" +
        "Hint: confirm it: --confirm @prod\n",
    });
  }
  expect(await box.json("list")).toEqual([]);
  await box.ok("run", "x", "@prod", "--confirm", "@prod", "--", "true");
  expect(await stateOf(box)).toMatchObject({
    run: { allowed: expect.stringMatching(/^confirmed with --confirm by \w+$/) },
  });
});

it.skipIf(!hasSshd)(
  "takes a recorded approval while its transaction is open (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const window = await create(box, "release window");
    const order = ["run", "x", "@prod", "--approval", window, "--", "true"];

    expect(await box.ttm(...order)).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining(`${window} does not approve @prod`),
    });
    expect(await box.ttm("approve", "@prod", window, "--why", "CAB-12")).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining("it was not confirmed"),
    });
    await box.ok("approve", "@prod", window, "--why", "CAB-12", "--confirm", "@prod");
    await box.ok(...order);
    expect(await stateOf(box)).toMatchObject({
      run: {
        allowed: expect.stringMatching(new RegExp(`^approval in ${window} by \\w+: CAB-12$`)),
      },
    });

    await box.ok("commit", window);
    expect(await box.ttm(...order)).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining(`${window} has ended`),
    });
    expect(
      await box.ttm("approve", "@prod", window, "--why", "again", "--confirm", "@prod"),
    ).toMatchObject({ exitCode: 2 });
  },
);

it.skipIf(!hasSshd)(
  "never changes an environment that refuses all changes (needs sshd)",
  async () => {
    const box = sandboxNear(far());

    expect(
      await box.ttm("run", "x", "@frozen", "--confirm", "@frozen", "--", "true"),
    ).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining("@frozen has write = refused"),
    });
  },
);

const hasScript = spawnSync("script", ["--version"]).error === undefined;

it.skipIf(!hasSshd || !hasScript).each([
  ["y", 0],
  ["n", 77],
])("asks on a terminal; %s means %d (needs sshd, script)", (answer, status) => {
  const box = sandboxNear(far());
  mkdirSync(join(box.root, "bin"));
  const file = join(box.root, "try.sh");
  writeFileSync(
    file,
    `"${process.execPath}" "${PROGRAM}" run x @prod -- echo done; echo "status $?"\n`,
  );
  const { stdout } = spawnSync("script", ["-qec", `sh '${file}'`, "/dev/null"], {
    env: { ...process.env, ...box.env },
    input: `${answer}\n`,
    encoding: "utf8",
  });

  expect(stdout).toContain("Do this on @prod? [y/N]");
  expect(stdout).toContain(`status ${status}\r\n`);
});
