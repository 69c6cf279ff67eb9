import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isAlive, lineOf, type SagaBox, sagaBox, viewOf } from "./saga-box.ts";

/** Its second step hangs until there is a file `$LEDGER.go`. */
const HANGING = `
saga: hanging
steps:
  - name: one
    run: echo one >> "$LEDGER"
    undo: echo undo one >> "$LEDGER"
  - name: two
    run: |
      echo "two $TTM_ATTEMPT $TTM_IDEMPOTENCY_KEY" >> "$LEDGER"
      test -e "$LEDGER.go" || { echo "hanging $$"; sleep 1000; }
    undo: echo undo two >> "$LEDGER"
  - name: three
    run: echo three >> "$LEDGER"
`;

/** Starts the saga and kills its runner, and the command it was running, in the middle of the second step. */
async function crashed(box: SagaBox): Promise<string> {
  const file = box.write("hanging.saga.yaml", HANGING);
  const child = box.start("saga", "run", file);
  const line = await lineOf(child.stdout, /hanging/);
  child.kill("SIGKILL");
  await child;
  endGroup(line);
  return (await box.ok("active")).trimEnd();
}

/** Ends what a runner that was killed left running; the line says which group it is. */
function endGroup(line: string): void {
  process.kill(-Number(/hanging (\d+)/.exec(line)?.[1]), "SIGKILL");
}

function letGo({ ledgerFile }: SagaBox): void {
  writeFileSync(`${ledgerFile}.go`, "");
}

it("is carried on after kill -9: what was done is not done again, what was under way has the same key", async () => {
  const box = sagaBox();
  const id = await crashed(box);
  expect(await viewOf(box)).toMatchObject({ status: "running" });
  letGo(box);

  expect(await box.ttm("saga", "resume")).toMatchObject({ exitCode: 0 });
  expect(box.ledger()).toEqual(["one", `two 1 ${id}/two`, `two 2 ${id}/two`, "three"]);
});

it("is undone after kill -9, the step that was under way included", async () => {
  const box = sagaBox();
  await crashed(box);

  expect(await box.ttm("saga", "rollback", "--why", "enough")).toMatchObject({ exitCode: 1 });
  expect(box.ledger().slice(2)).toEqual(["undo two", "undo one"]);
});

it("is carried on by one of two that try at once; the other is told that it is busy", async () => {
  const box = sagaBox();
  await crashed(box);
  const first = box.start("saga", "resume");
  await lineOf(first.stdout, /hanging/);

  const second = await box.ttm("saga", "resume");
  expect(second).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^Error: .*hanging-/),
  });
  await box.ok("cancel");
  expect(await first).toMatchObject({ exitCode: 1 });
});

it("is carried on by recover, by hand", async () => {
  const box = sagaBox();
  const id = await crashed(box);
  letGo(box);

  expect(await box.ok("recover")).toContain(`Carried on: ${id}  committed\n`);
  expect(box.ledger().at(-1)).toBe("three");
  expect(await box.json("recover")).toMatchObject({ sagas: [] });
});

it("is carried on by a worker, which goes on with whatever comes until it is told to end", async () => {
  const box = sagaBox();
  const id = await crashed(box);
  letGo(box);
  const worker = box.start("worker");
  await lineOf(worker.stdout, new RegExp(`${id} {2}committed`));

  const file = box.write(
    "next.yaml",
    "saga: next\nsteps: [{ name: a, run: 'echo next >> \"$LEDGER\"' }]\n",
  );
  const next = (await box.ok("saga", "run", "--detach", file)).trimEnd();
  await lineOf(worker.stdout, new RegExp(`${next} {2}committed`));
  worker.kill("SIGTERM");

  expect(await worker).toMatchObject({ exitCode: 0 });
  expect(box.ledger().slice(-2)).toEqual(["three", "next"]);
});

it("takes over from a runner that dies while the worker looks", async () => {
  const box = sagaBox();
  const file = box.write("hanging.saga.yaml", HANGING);
  const child = box.start("saga", "run", file);
  const hanging = await lineOf(child.stdout, /hanging/);
  const id = (await box.ok("active")).trimEnd();
  const worker = box.start("worker", "--json");
  letGo(box);
  child.kill("SIGKILL");
  await child;
  endGroup(hanging);

  const line = await lineOf(worker.stdout, /"txn_commit"/);
  worker.kill("SIGTERM");
  expect(JSON.parse(line)).toMatchObject({ txn: id, event: "txn_commit" });
  expect(await worker).toMatchObject({ exitCode: 0 });
});

it("runs commands where the saga was started, whoever carries it on", async () => {
  const box = sagaBox();
  const file = box.write(
    "where.yaml",
    `saga: where
steps:
  - { name: a, run: 'pwd >> "$LEDGER"', undo: 'pwd >> "$LEDGER"' }
  - { name: b, cwd: inner, run: 'pwd >> "$LEDGER"' }
`,
  );
  const folder = join(box.root, "where it began");
  mkdirSync(join(folder, "inner"), { recursive: true });
  await box.shell(`cd '${folder}' && ttm saga run --detach '${file}'`);
  await box.ok("worker", "--once");
  expect(box.ledger()).toEqual([folder, join(folder, "inner")]);

  await box.ok("saga", "undo");
  expect(box.ledger().at(-1)).toBe(folder);
});

it("shares the work between workers: no step is run twice", async () => {
  const box = sagaBox();
  const file = box.write(
    "one.yaml",
    "saga: one\nsteps: [{ name: a, run: 'echo $TTM_TXN_ID >> \"$LEDGER\"' }]\n",
  );
  for (let at = 0; at < 6; at += 1) await box.ok("saga", "run", "--detach", file);

  const ends = await Promise.all([box.ttm("worker", "--once"), box.ttm("worker", "--once")]);
  expect(ends).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  expect(new Set(box.ledger()).size).toBe(6);
  expect(box.ledger().length).toBe(6);
});

it("finishes what is under way when a worker is told to end; told again, leaves it to the next", async () => {
  const box = sagaBox();
  const file = box.write("hanging.saga.yaml", HANGING);
  const id = (await box.ok("saga", "run", "--detach", file)).trimEnd();
  const worker = box.start("worker");
  await lineOf(worker.stdout, /two: begun/);
  worker.kill("SIGTERM");
  worker.kill("SIGINT");
  expect(await worker).toMatchObject({ exitCode: 0 });
  expect(await viewOf(box)).toMatchObject({ status: "running" });

  letGo(box);
  expect(await box.ok("worker", "--once")).toContain(`${id}  committed`);
});

it("leaves the steps behind the one under way to the next worker when one is told to end", async () => {
  const box = sagaBox();
  const file = box.write(
    "patient.yaml",
    `saga: patient
steps:
  - { name: one, run: 'until test -e "$LEDGER.go"; do sleep 0.02; done; echo one >> "$LEDGER"' }
  - { name: two, run: 'echo two >> "$LEDGER"' }
`,
  );
  await box.ok("saga", "run", "--detach", file);
  const worker = box.start("worker");
  await lineOf(worker.stdout, /one: begun/);
  worker.kill("SIGTERM");
  letGo(box);

  expect(await worker).toMatchObject({ exitCode: 0 });
  expect(box.ledger()).toEqual(["one"]);
  expect(await viewOf(box)).toMatchObject({ status: "running", completed: ["one"] });
  await box.ok("worker", "--once");
  expect(box.ledger()).toEqual(["one", "two"]);
});

it("is cancelled from another process, which interrupts the step with all it started", async () => {
  const box = sagaBox();
  const file = box.write(
    "long.yaml",
    `saga: long
steps:
  - name: one
    run: echo one >> "$LEDGER"
    undo: echo undo one >> "$LEDGER"
  - name: two
    run: "sleep 1000 & echo pid $!; wait"
`,
  );
  const child = box.start("saga", "run", file);
  const [, pid] = /pid (\d+)/.exec(await lineOf(child.stdout, /pid/)) ?? [];
  const id = (await box.ok("active")).trimEnd();

  expect(await box.ok("cancel", id, "--why", "wrong customer")).toBe(`Cancelled: ${id}\n`);
  const { exitCode, stderr } = await child;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/cancelled by \S+: wrong customer/);
  expect(isAlive(Number(pid))).toBe(false);
  expect(box.ledger()).toEqual(["one", "undo one"]);
  expect(await box.ttm("cancel", id)).toMatchObject({ exitCode: 2 });
});

it("follows a saga that another process carries on, to its end", async () => {
  const box = sagaBox();
  const file = box.write("hanging.saga.yaml", HANGING);
  const child = box.start("saga", "run", file);
  await lineOf(child.stdout, /hanging/);
  const follower = box.start("show", "--follow");
  await lineOf(follower.stderr, /two: begun/);
  await box.ok("cancel");

  expect(await child).toMatchObject({ exitCode: 1 });
  expect(await follower).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining("one: undone"),
  });
});

it("goes forward only behind its pivot: cancelling and undoing are refused", async () => {
  const box = sagaBox();
  const file = box.write(
    "pivot.yaml",
    `saga: pivot
steps:
  - name: pay
    run: echo pay >> "$LEDGER"
    undo: echo undo pay >> "$LEDGER"
    pivot: true
  - name: ship
    run: 'echo shipping; test -e "$LEDGER.go" || sleep 1000'
`,
  );
  const child = box.start("saga", "run", file);
  await lineOf(child.stdout, /shipping/);

  expect(await box.ttm("cancel")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("it is past its pivot"),
  });
  child.kill("SIGINT");
  await lineOf(child.stderr, /past its pivot.*Ctrl-C again stops at once/);
  child.kill("SIGINT");
  expect(await child).toMatchObject({ exitCode: 75 });
  letGo(box);
  expect(await box.ttm("saga", "resume")).toMatchObject({ exitCode: 0 });
  expect(await box.ttm("saga", "undo")).toMatchObject({ exitCode: 2 });
  expect(box.ledger()).toEqual(["pay"]);
});
