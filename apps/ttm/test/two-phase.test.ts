import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sqliteParticipant } from "@tetra/participants/sqlite";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { lineOf } from "./saga-box.ts";
import { type Sandbox, sandbox } from "./ttm.ts";

const BANKS = fileURLToPath(new URL("fixtures/banks.mjs", import.meta.url));
const TRANSFER = fileURLToPath(new URL("fixtures/transfer.mjs", import.meta.url));
const RECOVER = ["2pc", "recover", "--participants", BANKS];

interface Box extends Sandbox {
  readonly folder: string;
  /** The same, with the second participant as that says: away, stubborn, missing. */
  readonly bob: (state: string) => Sandbox;
}

/** A data root, and two databases of this test's own. */
function bankBox(): Box {
  const { root } = sandbox();
  const folder = join(root, "banks");
  mkdirSync(folder);
  const env = { TETRA_DIR: root, BANKS: folder, BOB: undefined };
  return { ...sandbox(env), folder, bob: (state) => sandbox({ ...env, BOB: state }) };
}

interface Owner {
  /** Resolves when it is dead. */
  readonly kill: () => Promise<void>;
  readonly id: string;
}

/** A process that is in the middle of a transfer. */
async function owner({ env }: Box, where: string): Promise<Owner> {
  const child = execa(process.execPath, [TRANSFER, where], { env, reject: false });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child;
  };
  onTestFinished(kill);
  const ids: string[] = [];
  child.stdout.on("data", (text) => ids.push(...String(text).split("\n")));
  await lineOf(child.stdout, new RegExp(`staying ${where}`));
  return { kill, id: ids[0] ?? "" };
}

/** The id of a transfer whose process was killed there. */
async function killed(box: Box, where: string): Promise<string> {
  const { kill, id } = await owner(box, where);
  await kill();
  return id;
}

/** What ann and bob have. */
function balances({ folder }: Box): readonly unknown[] {
  return ["ann", "bob"].map((name) => {
    const database = sqliteParticipant({ name, file: join(folder, `${name}.db`) });
    const row = database.get("SELECT balance FROM account");
    database.close();
    return row?.["balance"];
  });
}

it.each(["begun", "prepared"])("rolls back what was killed when it had %s", async (where) => {
  const box = bankBox();
  const id = await killed(box, where);
  expect(await box.ok("2pc", "list")).toContain(`${id}  active`);

  expect(await box.ok(...RECOVER)).toBe(`Rolled back: ${id}\n`);
  expect(balances(box)).toEqual([100, 0]);
  expect(await box.ok(...RECOVER)).toBe("Nothing to settle\n");
  expect(await box.ok("2pc", "list")).toBe("No open two-phase commits\n");
  expect(await box.ok("2pc", "list", "--all")).toContain(`${id}  rolled back`);
});

it("carries a decision out whose process was killed before everybody had heard it", async () => {
  const box = bankBox();
  const id = await killed(box, "decided");
  expect(balances(box)).toEqual([70, 0]);
  const shown = await box.ok("2pc", "show", id);
  expect(shown).toMatch(/committing\n {2}Decision: commit\n/);
  expect(shown).toMatch(/^ {2}bob +votes yes +to be told/m);

  expect(await box.json(...RECOVER)).toEqual({
    transactions: [{ id, outcome: "committed", away: [] }],
    orphans: [],
    unreadable: [],
  });
  expect(balances(box)).toEqual([70, 30]);
  expect(await box.json("2pc", "show", id)).toMatchObject({ id, phase: "committed", away: [] });
});

it("is cancelled as long as nothing is decided", async () => {
  const box = bankBox();
  const { id } = await owner(box, "begun");
  expect(await box.ok("cancel", id, "--why", "wrong account")).toBe(`Cancelled: ${id}\n`);
  expect(await box.ok("events", id, "cancel_requested")).toContain('"why":"wrong account"');
});

it("is not cancelled any more when it is decided", async () => {
  const box = bankBox();
  const { id } = await owner(box, "decided");
  const { exitCode, stderr } = await box.ttm("cancel", id);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`${id}: it is decided: commit`);
});

it("leaves alone what a process that lives carries", async () => {
  const box = bankBox();
  const { id } = await owner(box, "decided");

  expect(await box.ok(...RECOVER)).toBe(`Left alone: ${id}: somebody alive carries it\n`);
  expect(balances(box)).toEqual([70, 0]);
});

it("says who is away, since when and why, until it is back", async () => {
  const box = bankBox();
  const id = await killed(box, "decided");
  const { exitCode, stdout } = await box.bob("away").ttm(...RECOVER);

  expect(exitCode).toBe(75);
  expect(stdout).toMatch(
    new RegExp(`^Waits: ${id}\nAway: ${id}: bob, since \\S+Z: bob is being mended\n$`),
  );
  for (const page of [["2pc", "show"], ["show"], ["status"]]) {
    expect(await box.ok(...page, id)).toMatch(
      /bob +votes yes +away +since .*: bob is being mended/,
    );
  }
  expect(await box.ok("2pc", "list")).toMatch(/ 1\/2 .* bob$/m);
  expect(await box.json("status", id)).toMatchObject({
    twoPhase: { phase: "committing", away: [{ participant: "bob", error: "bob is being mended" }] },
  });
  expect(await box.ok(...RECOVER)).toBe(`Committed: ${id}\n`);
  expect(balances(box)).toEqual([70, 30]);
});

it("names a participant that the module does not have", async () => {
  const box = bankBox();
  const id = await killed(box, "decided");
  const { exitCode, stdout } = await box.bob("missing").ttm(...RECOVER);

  expect(exitCode).toBe(3);
  expect(stdout).toBe(`Not settled: ${id}: the module has no participant bob\n`);
});

it("needs a person for a participant that had its own way, and takes that person's word", async () => {
  const box = bankBox();
  const id = await killed(box, "decided");
  const stubborn = box.bob("stubborn");
  const { exitCode, stdout } = await stubborn.ttm(...RECOVER);

  expect(exitCode).toBe(3);
  expect(stdout).toContain(`Needs a person: ${id}: bob; ttm 2pc resolve ${id} --settled|--retry`);
  expect(await box.ok("2pc", "show", id)).toMatch(/bob +votes yes +rolled back by itself/);
  expect(await box.ttm("2pc", "resolve", id, "bob", "--settled")).toMatchObject({ exitCode: 64 });
  const retry = ["2pc", "resolve", id, "--retry", "--why", "again"];
  expect(await box.ttm(...retry)).toMatchObject({ exitCode: 64 });
  expect(await stubborn.ttm(...retry, "--participants", BANKS)).toMatchObject({ exitCode: 3 });

  const end = await box.ok("2pc", "resolve", id, "bob", "--settled", "--why", "booked by hand");
  expect(end).toMatch(/committed\n(?:.|\n)*bob .*rolled back by itself, looked after/);
  const again = await box.ttm("2pc", "resolve", id, "--settled", "--why", "once more");
  expect(again).toMatchObject({ exitCode: 2 });
});

it("tells a participant again when a person says so", async () => {
  const box = bankBox();
  const id = await killed(box, "decided");
  await box.bob("stubborn").ttm(...RECOVER);
  const retry = ["2pc", "resolve", id, "bob", "--retry", "--why", "mended"];

  expect(await box.ok(...retry, "--participants", BANKS)).toMatch(/committed\n/);
  expect(balances(box)).toEqual([70, 30]);
});

it("settles a branch that waits though nobody knows its transaction", async () => {
  const box = bankBox();
  await killed(box, "orphaned");

  expect(await box.ok(...RECOVER)).toBe("Rolled back: somebodys-20260131T093000: left at ann\n");
  expect(balances(box)).toEqual([100, 0]);
});

it("is settled by a worker that has the participants, at its start", async () => {
  const box = bankBox();
  const id = await killed(box, "decided");
  const worker = box.start("worker", "--participants", BANKS);
  await lineOf(worker.stdout, new RegExp(`${id} {2}committed`));
  worker.kill("SIGTERM");

  expect(await worker).toMatchObject({ exitCode: 0 });
  expect(balances(box)).toEqual([70, 30]);
  const { stdout } = await box.ttm("worker", "--once", "--json", "--participants", BANKS);
  expect(stdout).toBe("");
});

it("is named by recover, with the command that settles it", async () => {
  const box = bankBox();
  const id = await killed(box, "prepared");

  expect(await box.ok("recover")).toContain(
    `Open two-phase commit: ${id}\nSettle what nobody carries: ttm 2pc recover --participants MODULE\n`,
  );
  expect(await box.json("recover")).toMatchObject({ sagas: [], twoPhase: [id] });
});

it("takes a module that exports an array, and refuses one that exports no participants", async () => {
  const box = sandbox();
  const module = (name: string, text: string): string[] => {
    writeFileSync(join(box.root, name), text);
    return ["2pc", "recover", "--participants", join(box.root, name)];
  };

  expect(await box.ok(...module("none.ts", "export const participants: never[] = [];"))).toBe(
    "Nothing to settle\n",
  );
  for (const [name, text, message] of [
    ["empty.mjs", "", "exports no array participants"],
    [
      "odd.mjs",
      "export default { participants: [{ name: 'x' }] }",
      "participants[0] is no participant",
    ],
    [
      "broken.mjs",
      "export const participants = () => { throw new Error('no bank') }",
      "its participants: no bank",
    ],
    ["bad.mjs", "export const participants = ;", "cannot be loaded"],
  ] as const) {
    expect(await box.ttm(...module(name, text))).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining(message),
    });
  }
  expect(await box.ttm("2pc", "recover")).toMatchObject({ exitCode: 64 });
  expect(await box.ttm("2pc", "recover", "--participants", "nowhere.mjs")).toMatchObject({
    exitCode: 66,
  });
});

it("shows two-phase commits only", async () => {
  const box = sandbox();
  await box.ok("create", "deploy");

  expect(await box.ttm("2pc", "show")).toMatchObject({ exitCode: 65 });
  expect(await box.ok("2pc")).toMatch(/2pc list(?:.|\n)*2pc recover/);
});
