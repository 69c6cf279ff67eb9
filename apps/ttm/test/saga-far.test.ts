import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { farMachine, hasSshd, sandboxNear } from "./far.ts";
import { lineOf, viewOf } from "./saga-box.ts";
import type { Sandbox } from "./ttm.ts";

const far = farMachine();

/** Writes a saga beside the data and returns its path. */
function write({ root }: Sandbox, text: string): string {
  const file = join(root, "far.yaml");
  writeFileSync(file, text);
  return file;
}

const LOOK = `
saga: look
target: "@staging"
steps:
  - name: there
    run: 'pwd; echo "$TTM_STEP $TTM_IDEMPOTENCY_KEY $WHO"'
    env: { WHO: "it's me" }
  - name: here
    on: "@local"
    run: echo "$TTM_STEP"
  - name: below
    cwd: /usr
    run: [sh, -c, 'pwd; echo complaint >&2']
`;

it.skipIf(!hasSshd)("runs commands where the saga or the step says (needs sshd)", async () => {
  const box = sandboxNear(far());
  const { stdout, exitCode } = await box.ttm("saga", "run", write(box, LOOK));
  const id = (await box.ok("active")).trimEnd();

  expect(exitCode).toBe(0);
  expect(stdout.split("\n").slice(0, -1)).toEqual([
    `there | ${far().home}`,
    `there | there ${id}/there it's me`,
    "here | here",
    "below | /usr",
  ]);
  const folder = join((await box.ok("dir")).trimEnd(), "artifacts", "steps");
  expect(readFileSync(join(folder, "below.stderr.log"), "utf8")).toBe("complaint\n");
  expect(await box.ok("events", "", "step_progress")).toContain("ssh -- web1: execute: sh -c");
});

const PROTECTED = `
saga: release
steps:
  - name: restart
    on: "@prod"
    run: echo restarted
    undo: echo undone
  - name: fail
    run: exit 1
`;

it.skipIf(!hasSshd)(
  "asks before it works on a protected environment, and remembers the answer (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const file = write(box, PROTECTED);

    expect(await box.ttm("saga", "run", file)).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining("--confirm @prod"),
    });
    expect(await box.json("list")).toEqual([]);
    await box.ttm("saga", "run", file, "--confirm", "@prod");
    expect(await box.ok("events", "", "approval_approved")).toContain('"name":"@prod"');
    const id = (await box.ok("saga", "run", file, "--confirm", "@prod", "--detach")).trimEnd();
    expect(await box.ok("events", id, "approval_approved")).toContain("confirmed with --confirm");
    await box.ok("worker", "--once");
    expect(await viewOf(box)).toMatchObject({ status: "rolled_back", compensated: ["restart"] });
  },
);

it.skipIf(!hasSshd)("passes secrets so that nobody there sees them (needs sshd)", async () => {
  const box = sandboxNear(far());
  const secret = "open-sesame-far";
  const file = write(
    box,
    `
saga: secret
target: "@staging"
steps:
  - name: use
    env: { WORD: { secret: "env:WORD" } }
    run: 'echo "$WORD"; tr "\\0" " " < /proc/$PPID/cmdline; test -n "$WORD"'
`,
  );
  const { stdout } = await box.shell(`export WORD='${secret}'; ttm saga run '${file}'`);

  expect(stdout).toContain("use | ***\n");
  expect(stdout).not.toContain(secret);
  expect(await viewOf(box)).toMatchObject({ status: "committed" });
});

it.skipIf(!hasSshd)("interrupts a command that runs there (needs sshd)", async () => {
  const box = sandboxNear(far());
  const file = write(
    box,
    "saga: long\ntarget: '@staging'\nsteps: [{ name: s, run: 'echo begun; sleep 1000' }]\n",
  );
  const child = box.start("saga", "run", file);
  await lineOf(child.stdout, /begun/);
  await box.ok("cancel");

  expect(await child).toMatchObject({ exitCode: 1 });
});
