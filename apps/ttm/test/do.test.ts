import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { farMachine, hasSshd, sandboxNear } from "./far.ts";
import { type Sandbox, sandbox } from "./ttm.ts";

const far = farMachine();

function declare({ root }: Sandbox, actions: unknown): string {
  mkdirSync(join(root, "ttm"), { recursive: true });
  const file = join(root, "ttm", "actions.json");
  writeFileSync(file, JSON.stringify(actions));
  return file;
}

async function stateOf({ ok }: Sandbox): Promise<Record<string, unknown>> {
  return JSON.parse(await ok("state"));
}

const STAGING = { target: "@staging", operation: "execute", requires: "handle" } as const;

it("carries an action out as a transaction, its inputs behind the command", async () => {
  const box = sandbox();
  declare(box, { "greet:local": { inputs: ["name"], output: "text", command: ["echo", "hello"] } });

  expect(await box.ok("do", "greet:local", "--", "you")).toBe("hello you\n");
  expect(await stateOf(box)).toMatchObject({
    stage: "DONE",
    description: "greet:local you",
    target: "@local",
    action: { name: "greet:local", inputs: ["you"] },
    run: { command: ["echo", "hello", "you"], exit_code: 0 },
  });
});

it("lists actions with their signatures", async () => {
  const box = sandbox();
  expect(await box.ok("do", "--list")).toMatch(/^No actions: /);
  declare(box, {
    "deploy:staging": {
      inputs: ["artifact"],
      output: "release",
      effects: ["replaces ~/app.tar.gz"],
      immediate: "manual",
      can: ["overwrite"],
      cannot: ["restart"],
      tes: { target: "@staging", operation: "write", requires: "handle" },
      push: { path: "~/app.tar.gz" },
    },
    "show:version": { command: ["uname"] },
  });

  expect(await box.ok("do", "--list")).toBe(
    "deploy:staging(artifact) -> release tes(@staging:write→handle)\n" +
      "  replaces ~/app.tar.gz\n" +
      "show:version()\n",
  );
  expect(await box.json("do", "--list")).toMatchObject([
    { name: "deploy:staging", verb: "deploy", noun: "staging" },
    { name: "show:version", signature: "show:version()" },
  ]);
  expect(await box.ok("__complete", "do", "dep")).toBe(
    "deploy:staging\tdeploy:staging(artifact) -> release tes(@staging:write→handle)\n",
  );
});

it.each([
  [{ "deploy:x": { command: ["true"], retries: 3 } }, '"deploy:x" has an unknown key: retries'],
  [{ "deploy:x": {} }, '"deploy:x" must have a command or a push'],
  [{ deploy: { command: ["true"] } }, '"deploy" must be verb:noun'],
  [{ "a:b": { command: [] } }, '"a:b.command" must have at least the program'],
  [
    { "a:b": { command: ["x"], tes: { ...STAGING, requires: "level 9" } } },
    '"a:b.tes.requires" must be one of symbol, ',
  ],
  [
    { "a:b": { command: ["x"], tes: { ...STAGING, operation: "write" } } },
    '"a:b" has a command, so its tes.operation must be execute',
  ],
  [
    { "deploy:staging": { command: ["x"], tes: { ...STAGING, requires: "connector" } } },
    '"deploy:staging" must require at least handle',
  ],
  [
    { "deploy:prod": { command: ["x"], tes: { ...STAGING, requires: "binding" } } },
    '"deploy:prod" wants an explicit confirmation, so it must have a rollback',
  ],
])("refuses %j", async (actions, message) => {
  const box = sandbox();
  const file = declare(box, actions);

  expect(await box.ttm("do", "--list")).toMatchObject({
    exitCode: 65,
    stderr: expect.stringContaining(`Error: ${file}: ${message}`),
  });
});

it("refuses what is no action, and inputs that are not what it takes", async () => {
  const box = sandbox();
  declare(box, { "greet:local": { inputs: ["name"], command: ["echo"] } });

  expect(await box.ttm("do", "greet:loco")).toMatchObject({
    exitCode: 66,
    stderr: expect.stringContaining("did you mean greet:local?"),
  });
  expect(await box.ttm("do")).toMatchObject({ exitCode: 64 });
  expect(await box.ttm("do", "greet:local")).toMatchObject({ exitCode: 64 });
  expect(await box.ttm("do", "greet:local", "--", "a", "b")).toMatchObject({ exitCode: 64 });
});

it("rolls back when the validation says no", async () => {
  const box = sandbox();
  const mark = join(box.root, "mark");
  declare(box, {
    "make:mark": {
      command: ["touch", mark],
      validate: "exit 3",
      rollback: ["rm", mark],
    },
  });

  expect(await box.ttm("do", "make:mark")).toMatchObject({ exitCode: 3 });
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "validation exited with status 3; rolled back",
    rollback: { exit_code: 0 },
  });
  expect(await box.shell(`test -e '${mark}'`)).toMatchObject({ exitCode: 1 });
});

it.skipIf(!hasSshd)("tests the connection, wants a confirmation, pushes (needs sshd)", async () => {
  const box = sandboxNear(far());
  const there = mkdtempSync(join(far().home, "do-"));
  const source = join(box.root, "app.tar.gz");
  writeFileSync(source, "app");
  declare(box, {
    "deploy:staging": {
      inputs: ["artifact"],
      tes: { target: "@staging", operation: "write", requires: "handle" },
      push: { path: `${there}/` },
      validate: `test -s '${there}/app.tar.gz'`,
    },
  });

  expect(await box.ttm("do", "deploy:staging", "--", source)).toMatchObject({
    exitCode: 77,
    stderr:
      "Error: @staging: write refused: it wants a confirmation\n" +
      "Hint: confirm it: --confirm @staging\n",
  });
  expect(await box.json("list")).toEqual([]);
  await box.ok("do", "deploy:staging", "--confirm", "@staging", "--", source);
  expect(readFileSync(join(there, "app.tar.gz"), "utf8")).toBe("app");
  expect(await stateOf(box)).toMatchObject({
    stage: "DONE",
    target: "@staging",
    action: { name: "deploy:staging", tes: { requires: "handle", reached: "plan" } },
    push: { allowed: expect.stringContaining("confirmed with --confirm"), host: "web1" },
    validation: { exit_code: 0 },
  });
});

it.skipIf(!hasSshd)(
  "does not start what requires a handle it cannot test (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const tes = { ...STAGING, target: "@refused" };
    declare(box, {
      "try:tested": { command: ["true"], tes },
      "try:untested": { command: ["true"], tes: { ...tes, requires: "connector" } },
    });

    expect(await box.ttm("do", "try:tested")).toMatchObject({ exitCode: 69 });
    expect(await box.json("list")).toEqual([]);
    expect(await box.ttm("do", "try:untested")).toMatchObject({ exitCode: 69 });
    expect(await stateOf(box)).toMatchObject({
      stage: "FAIL",
      action: { tes: { reached: "connector" } },
    });
  },
);

it.skipIf(!hasSshd)("rolls back over there, also after Ctrl-C (needs sshd)", async () => {
  const box = sandboxNear(far());
  const mark = join(far().home, "rolled-back");
  const script = "echo ready; while :; do sleep 0.1; done";
  declare(box, {
    "deploy:prod": {
      command: ["sh", "-c", script],
      tes: { target: "@prod", operation: "execute", requires: "binding" },
      rollback: ["touch", mark],
    },
  });
  const child = box.start("do", "deploy:prod", "--confirm", "@prod");
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    if (String(chunk).includes("ready")) break;
  }
  child.kill("SIGINT");

  expect(await child).toMatchObject({ exitCode: 130 });
  expect(readFileSync(mark, "utf8")).toBe("");
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "command stopped by SIGINT (Ctrl-C); rolled back",
  });
});
