import { execFileSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { expect, it } from "vitest";
import { create, PROGRAM, type Sandbox, sandbox } from "./ttm.ts";

const ESC = "\u001b[";
const hasScript = canRun("script", "-qec", "true", "/dev/null");

function canRun(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What a command prints on a terminal. */
async function onTerminal({ env }: Sandbox, args: string): Promise<string> {
  const command = `"${process.execPath}" "${PROGRAM}" ${args}`;
  const { stdout } = await execa("script", ["-qec", command, "/dev/null"], {
    env: { ...env, TERM: "xterm" },
    reject: false,
  });
  return stdout;
}

it("is plain when piped, coloured where FORCE_COLOR says so, with the same layout", async () => {
  const box = sandbox();
  await create(box);
  const forced = { ...box, ...sandbox({ TETRA_DIR: box.root, FORCE_COLOR: "1" }) };

  const plain = await box.ok("list");
  const coloured = await forced.ok("list");

  expect(plain).not.toContain(ESC);
  expect(coloured).toContain(ESC);
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});

it.skipIf(!hasScript)("is aligned and coloured on a terminal", async () => {
  const box = sandbox();
  const id = await create(box);

  const list = await onTerminal(box, "list");
  const status = await onTerminal(box, "status");

  expect(list).toContain(`${ESC}34mNEW${ESC}39m`);
  expect(list).toContain("DESCRIPTION");
  expect(status).toContain(id);
  expect(status).toContain("Stages");
  expect(status).toContain("so far");
});

it.skipIf(!hasScript)("has no colour on a terminal with NO_COLOR", async () => {
  const box = sandbox({ NO_COLOR: "1" });
  await create(box);

  expect(await onTerminal(box, "list")).not.toContain(ESC);
});

it.skipIf(!hasScript)("sends no control character of the log to a terminal", async () => {
  const box = sandbox();
  await create(box, "x\u009b2J\u0007");

  const shown = (await onTerminal(box, "events")).replaceAll(/[\r\n]/g, "");
  expect(shown).toContain("txn_start");
  expect(shown).not.toMatch(/\p{Cc}/u);
  expect(await box.ok("events")).toContain("\u009b");
});

it("does not mind when nobody reads", async () => {
  const box = sandbox();
  await create(box);
  const child = box.start("help");
  child.stdout.destroy();
  const state = box.start("state");
  state.stdout.destroy();

  expect(await child).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await state).toMatchObject({ exitCode: 0, stderr: "" });
});

it("still does its work when nobody reads", async () => {
  const box = sandbox();
  await create(box);
  const child = box.start("transition", "SELECT");
  child.stdout.destroy();
  await child;

  expect(JSON.parse(await box.ok("state"))).toMatchObject({ stage: "SELECT" });
});
