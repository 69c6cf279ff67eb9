import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { isAlive, lineOf, type SagaBox, sagaBox } from "./saga-box.ts";

/** Its second step hangs until there is a file `$LEDGER.go`; told to end, it says so. */
const HANGING = `
saga: hanging
steps:
  - name: one
    run: echo one >> "$LEDGER"
    undo: echo undo one >> "$LEDGER"
  - name: two
    run: |
      trap 'echo "two ended $TTM_ATTEMPT" >> "$LEDGER"; exit 1' TERM
      echo "two $TTM_ATTEMPT" >> "$LEDGER"
      test -e "$LEDGER.go" || { sleep 1000 & echo "hanging $$ $!"; wait; }
  - name: three
    run: echo three >> "$LEDGER"
`;

interface Crash {
  readonly id: string;
  /** The process of the second step's command, and one that it has started. */
  readonly pid: number;
  readonly inner: number;
}

/** Starts the saga and kills its runner, and nothing else, in the middle of the second step. */
async function crashed(box: SagaBox): Promise<Crash> {
  const file = box.write("hanging.saga.yaml", HANGING);
  const child = box.start("saga", "run", file);
  const line = await lineOf(child.stdout, /hanging/);
  child.kill("SIGKILL");
  await child;
  writeFileSync(`${box.ledgerFile}.go`, "");
  const [, pid, inner] = (/hanging (\d+) (\d+)/.exec(line) ?? []).map(Number);
  onTestFinished(() => {
    for (const each of [pid, inner]) if (each && isAlive(each)) process.kill(each, "SIGKILL");
  });
  return { id: (await box.ok("active")).trimEnd(), pid: pid ?? 0, inner: inner ?? 0 };
}

async function noteOf(box: SagaBox): Promise<string> {
  return join((await box.ok("dir")).trimEnd(), "artifacts/steps/two.process.json");
}

it("ends the command of a killed runner before the same step begins again, and says so", async () => {
  const box = sagaBox();
  const { pid, inner } = await crashed(box);
  expect(isAlive(pid)).toBe(true);

  const { exitCode, stderr } = await box.ttm("saga", "resume");
  expect(exitCode).toBe(0);
  expect(stderr).toContain(
    `two: ended what a dead runner left running (attempt 1, process group ${pid})\n`,
  );
  expect([isAlive(pid), isAlive(inner)]).toEqual([false, false]);
  expect(box.ledger()).toEqual(["one", "two 1", "two ended 1", "two 2", "three"]);
});

it("ends it before anything is undone, though nothing undoes the step itself", async () => {
  const box = sagaBox();
  const { pid } = await crashed(box);
  await box.ttm("saga", "rollback", "--why", "enough");

  expect(isAlive(pid)).toBe(false);
  expect(box.ledger()).toEqual(["one", "two 1", "two ended 1", "undo one"]);
});

it("ends what a command had started when the command itself is dead", async () => {
  const box = sagaBox();
  const { pid, inner } = await crashed(box);
  process.kill(pid, "SIGKILL");
  const { stdout } = await box.ttm("worker", "--once", "--json");

  expect(stdout).toContain(`"event":"worker_left_command"`);
  expect(isAlive(inner)).toBe(false);
  expect(box.ledger()).toEqual(["one", "two 1", "two 2", "three"]);
});

it("never signals a process that has the number of one that is dead", async () => {
  const box = sagaBox();
  const { pid } = await crashed(box);
  process.kill(-pid, "SIGKILL");
  const foreign = execa("sleep", ["1000"], { detached: true, reject: false });
  onTestFinished(() => void foreign.kill("SIGKILL"));
  const file = await noteOf(box);
  const note: object = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...note, pid: foreign.pid }));

  expect(await box.ttm("saga", "resume")).toMatchObject({ exitCode: 0 });
  expect(isAlive(foreign.pid ?? 0)).toBe(true);
});

it("keeps a note only while a command runs", async () => {
  const box = sagaBox();
  await crashed(box);
  expect(readFileSync(await noteOf(box), "utf8")).toContain('"step":"two"');
  await box.ok("saga", "resume");

  const files = readdirSync(join(box.root, "ttm"), { recursive: true }).map(String);
  expect(files.filter((name) => name.includes("process.json"))).toEqual([]);
});

it("ends a command in a group and an undo that is under way as well", async () => {
  const box = sagaBox();
  const file = box.write(
    "back.yaml",
    `saga: back
steps:
  - parallel: both
    steps:
      - name: a
        run: echo a
        undo: |
          echo "undo $TTM_ATTEMPT" >> "$LEDGER"
          trap 'echo ended >> "$LEDGER"; exit 1' TERM
          test -e "$LEDGER.go" || { sleep 1000 & echo hanging; wait; }
  - name: b
    run: exit 1
`,
  );
  const child = box.start("saga", "run", file);
  await lineOf(child.stdout, /hanging/);
  child.kill("SIGKILL");
  await child;
  writeFileSync(`${box.ledgerFile}.go`, "");

  const { stderr } = await box.ttm("saga", "resume");
  expect(stderr).toContain("both/a: ended what a dead runner left running (attempt 1");
  expect(box.ledger()).toEqual(["undo 1", "ended", "undo 2"]);
});
