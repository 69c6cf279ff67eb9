import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isAlive, lineOf, sagaBox, viewOf } from "./saga-box.ts";

const THREE = `
saga: three
steps:
  - name: one
    run: echo one >> "$LEDGER"
    undo: echo undo one >> "$LEDGER"
  - name: two
    run: [sh, -c, 'echo two >> "$LEDGER"; echo said']
    undo: echo undo two >> "$LEDGER"
  - name: three
    run: echo three >> "$LEDGER"
    undo: echo undo three >> "$LEDGER"
`;

it("carries the steps of a file out in order", async () => {
  const box = sagaBox();
  const file = box.write("three.saga.yaml", THREE);
  const { stdout, stderr, exitCode } = await box.ttm("saga", "run", file);
  const id = (await box.ok("active")).trimEnd();

  expect({ stdout, exitCode }).toEqual({ stdout: "two | said\n", exitCode: 0 });
  expect(stderr.split("\n")).toEqual([
    `Saga: ${id}`,
    "one: begun",
    "one: done",
    "two: begun",
    "two: done",
    "three: begun",
    "three: done",
    `Saga committed: ${id}`,
    "",
  ]);
  expect(box.ledger()).toEqual(["one", "two", "three"]);
  expect(JSON.parse(await box.ok("state"))).toMatchObject({ stage: "DONE", description: "three" });
});

it("undoes a step too whose command somebody killed, since nobody knows how far it came", async () => {
  const box = sagaBox();
  const file = box.write(
    "killed.yaml",
    `${THREE}  - name: four
    run: echo half >> "$LEDGER"; kill -9 $$
    undo: echo undo four >> "$LEDGER"
`,
  );
  const { exitCode } = await box.ttm("saga", "run", file);

  expect(exitCode).toBe(1);
  expect(box.ledger()).toEqual(
    ["one", "two", "three", "half", "undo four"].concat(["undo three", "undo two", "undo one"]),
  );
});

it("undoes what was done in reverse when a step fails, names the cause, and ends with 1", async () => {
  const box = sagaBox();
  const file = box.write(
    "bad.yaml",
    `${THREE}  - name: four
    run: echo four >> "$LEDGER"; echo first >&2; echo no space left >&2; exit 7
    undo: echo undo four >> "$LEDGER"
    retry: { attempts: 2, first: 1ms }
`,
  );
  const { stderr, exitCode } = await box.ttm("saga", "run", file);
  const id = (await box.ok("active")).trimEnd();

  expect(exitCode).toBe(1);
  expect(box.ledger()).toEqual(
    ["one", "two", "three", "four", "four"].concat(["undo three", "undo two", "undo one"]),
  );
  const cause = "command exited with status 7: no space left";
  expect(stderr).toContain(`four: attempt 1 failed: ${cause}; tried again in `);
  expect(stderr).toContain(`four: attempt 2 failed: ${cause}; not tried again\n`);
  expect(stderr).toContain(`Turning back, what was done is undone: four: ${cause}\n`);
  expect(stderr).toMatch(new RegExp(`Saga rolled back: ${id} - four: ${cause}\\n$`));
  expect(JSON.parse(await box.ok("state"))).toMatchObject({
    stage: "FAIL",
    last_error: `four: ${cause}`,
  });
});

it("prints how it stands at the end as JSON, and nothing else on standard output", async () => {
  const box = sagaBox();
  const file = box.write(
    "three.json",
    JSON.stringify({ saga: "x", steps: [{ name: "a", run: "echo hi" }] }),
  );
  const { stdout, stderr } = await box.ttm("saga", "run", "--json", file);

  expect(JSON.parse(stdout)).toMatchObject({ name: "x", status: "committed", completed: ["a"] });
  expect(stderr).toContain("a | hi\n");
});

it("keeps what each step prints as artifacts, all attempts of it", async () => {
  const box = sagaBox();
  const file = box.write(
    "out.yaml",
    `saga: out
steps:
  - parallel: group
    steps:
      - name: flaky
        run: echo "attempt $TTM_ATTEMPT"; test "$TTM_ATTEMPT" = 2
        undo: echo undone
        retry: { attempts: 2, first: 1ms }
  - name: bad
    run: exit 1
`,
  );
  await box.ttm("saga", "run", file);
  const folder = join((await box.ok("dir")).trimEnd(), "artifacts", "steps", "group");

  expect(readFileSync(join(folder, "flaky.stdout.log"), "utf8")).toBe(
    "attempt 1\n--- attempt 2 ---\nattempt 2\n",
  );
  expect(readFileSync(join(folder, "flaky.undo.stdout.log"), "utf8")).toBe("undone\n");
  expect(existsSync(join(folder, "flaky.stderr.log"))).toBe(false);
});

it("tells a command which step of which transaction it is, in the folder where it was started", async () => {
  const box = sagaBox();
  const file = box.write(
    "env.yaml",
    `saga: env
steps:
  - name: look
    run: printf '%s\\n' "$TTM_TXN_ID" "$TTM_TXN_DIR" "$TTM_STEP" "$TTM_ATTEMPT" "$TTM_IDEMPOTENCY_KEY" "$EXTRA" "$PWD"
    env: { EXTRA: "it's \\"quoted\\"" }
  - name: below
    cwd: sub folder
    run: pwd
`,
  );
  mkdirSync(join(box.root, "sub folder"));
  const { stdout } = await box.shell(`cd '${box.root}' && ttm saga run '${file}'`);
  const id = (await box.ok("active")).trimEnd();
  const folder = (await box.ok("dir")).trimEnd();

  expect(stdout.split("\n").slice(0, -1)).toEqual([
    ...[id, folder, "look", "1", `${id}/look`, `it's "quoted"`, box.root].map(
      (value) => `look | ${value}`,
    ),
    `below | ${join(box.root, "sub folder")}`,
  ]);
});

it("passes results on, and never runs what is in a value", async () => {
  const box = sagaBox();
  const mark = join(box.root, "pwned");
  const nasty = `x"; touch '${mark}'; $(touch '${mark}') \`touch '${mark}'\` '`;
  const file = box.write(
    "pass.yaml",
    `saga: pass
vars:
  name: { required: true }
steps:
  - name: make
    run: [printf, "%s", "\${name}"]
  - name: use
    run: echo "got \${steps.make.stdout}" \${name}
`,
  );
  const { stdout, exitCode } = await box.ttm("saga", "run", file, "--var", `name=${nasty}`);

  expect(exitCode).toBe(0);
  expect(stdout).toBe(`make | ${nasty}\nuse | got ${nasty} ${nasty}\n`);
  expect(existsSync(mark)).toBe(false);
});

it("reads variables from a file; those of the command line win", async () => {
  const box = sagaBox();
  const file = box.write(
    "vars.yaml",
    "saga: v\nvars: { a: { required: true }, b: { required: true } }\nsteps: [{ name: s, run: [echo, '${a}', '${b}'] }]\n",
  );
  const vars = box.write("vars.env", "# remark\n\na=1\nb=two words=here\n");

  const { stdout } = await box.ttm("saga", "run", file, "--var-file", vars, "--var", "a=9");
  expect(stdout).toBe("s | 9 two words=here\n");
  expect(await box.ttm("saga", "run", file, "--var", "novalue")).toMatchObject({ exitCode: 64 });
  expect(await box.ttm("saga", "run", file)).toMatchObject({
    exitCode: 65,
    stderr: expect.stringContaining("it needs a, b"),
  });
});

it("records the sequence of a dry run, and calls nothing", async () => {
  const box = sagaBox();
  const file = box.write("three.yaml", THREE);
  const { exitCode } = await box.ttm("saga", "run", file, "--dry-run");

  expect(exitCode).toBe(0);
  expect(box.ledger()).toEqual([]);
  expect(await viewOf(box)).toMatchObject({ status: "committed", isDryRun: true });
  expect(await box.ok("show")).toContain("dry run");
});

it("stops a step that takes too long with all it started, and undoes the ones before", async () => {
  const box = sagaBox();
  const file = box.write(
    "slow.yaml",
    `saga: slow
steps:
  - name: one
    run: echo one >> "$LEDGER"
    undo: echo undo one >> "$LEDGER"
  - name: hang
    run: "sleep 1000 & echo $! >> \\"$LEDGER\\"; wait"
    timeout: 300ms
`,
  );
  const { stderr, exitCode } = await box.ttm("saga", "run", file);
  const [, pid, ...undone] = box.ledger();

  expect(exitCode).toBe(1);
  expect(isAlive(Number(pid))).toBe(false);
  expect(undone).toEqual(["undo one"]);
  expect(stderr).toContain("hang: timed out after 300 ms");
});

it("kills a step that will not stop", async () => {
  const box = sagaBox();
  const file = box.write(
    "stubborn.yaml",
    `saga: stubborn
steps:
  - name: hang
    run: "trap '' TERM; echo $$ >> \\"$LEDGER\\"; while :; do sleep 0.1; done"
    timeout: 200ms
`,
  );
  expect(await box.ttm("saga", "run", file)).toMatchObject({ exitCode: 1 });

  expect(isAlive(Number(box.ledger()[0]))).toBe(false);
});

it("undoes what was done on Ctrl-C", async () => {
  const box = sagaBox();
  const file = box.write(
    "long.yaml",
    `${THREE}  - name: long\n    run: echo waiting; sleep 1000\n`,
  );
  const child = box.start("saga", "run", file);
  await lineOf(child.stdout, /waiting/);

  child.kill("SIGINT");

  expect(await child).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("Ctrl-C again stops at once"),
  });
  expect(box.ledger().slice(3)).toEqual(["undo three", "undo two", "undo one"]);
});

it("stops at once on the second Ctrl-C, says how to go on, and goes on from there", async () => {
  const box = sagaBox();
  const file = box.write(
    "long.yaml",
    `saga: long
steps:
  - name: one
    run: echo one >> "$LEDGER"
    undo: 'test -e "$LEDGER.go" || { echo undoing; sleep 1000; }; echo undo one >> "$LEDGER"'
  - name: two
    run: echo waiting; sleep 1000
`,
  );
  const child = box.start("saga", "run", file);
  await lineOf(child.stdout, /waiting/);
  child.kill("SIGINT");
  await lineOf(child.stdout, /undoing/);
  child.kill("SIGINT");
  const { exitCode, stderr } = await child;
  const id = (await box.ok("active")).trimEnd();

  expect(exitCode).toBe(75);
  expect(stderr).toContain(`carry it on: ttm saga resume ${id}`);
  writeFileSync(`${box.ledgerFile}.go`, "");
  expect(await box.ttm("saga", "resume")).toMatchObject({ exitCode: 1 });
  expect(box.ledger()).toEqual(["one", "undo one"]);
});

it("keeps every byte of ten megabytes of output, of which the result is the end", async () => {
  const box = sagaBox();
  const file = box.write(
    "huge.yaml",
    `saga: huge
steps:
  - name: huge
    run: yes 'a line of no interest' | head -c 10000000; printf '\\377last'
  - name: use
    run: printf '%s' "\${steps.huge.stdout}" | tail -c 4
`,
  );
  const { exitCode, stdout } = await box.ttm("saga", "run", file);
  const folder = (await box.ok("dir")).trimEnd();
  const kept = readFileSync(join(folder, "artifacts", "steps", "huge.stdout.log"));

  expect(exitCode).toBe(0);
  expect(kept.length).toBe(10_000_005);
  expect(kept.at(-5)).toBe(255);
  expect(stdout).toMatch(/use \| last\n$/);
});

it("needs a person when a step cannot be undone, and says so until one has looked after it", async () => {
  const box = sagaBox();
  const file = box.write(
    "stuck.yaml",
    `saga: stuck
steps:
  - name: one
    run: echo one >> "$LEDGER"
    undo: { run: 'echo no way >&2; exit 1', retry: { attempts: 2, first: 1ms } }
  - name: two
    run: exit 1
`,
  );
  const { exitCode, stderr } = await box.ttm("saga", "run", file);
  const id = (await box.ok("active")).trimEnd();

  expect(exitCode).toBe(3);
  expect(stderr).toContain(
    `Saga needs a person: ${id} - one: could not be undone: command exited with status 1: no way\n`,
  );
  expect(await box.ok("saga", "list")).toContain("attention");
  expect(await box.ttm("saga", "resume")).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining(`ttm saga resolve ${id} --retry|--settled --why REASON`),
  });
  expect(await box.ttm("saga", "resolve", id, "one", "--settled")).toMatchObject({ exitCode: 64 });
  await box.ok("saga", "resolve", id, "one", "--settled", "--why", "removed by hand");
  expect(await box.ttm("saga", "resume")).toMatchObject({ exitCode: 1 });
  expect(await viewOf(box)).toMatchObject({ status: "rolled_back" });
});

it("undoes a committed saga as a transaction of its own", async () => {
  const box = sagaBox();
  const file = box.write("three.yaml", THREE);
  await box.ok("saga", "run", file);
  const id = (await box.ok("active")).trimEnd();

  const { exitCode, stderr } = await box.ttm("saga", "undo", id);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`Saga undone: ${id}`);
  expect(box.ledger().slice(3)).toEqual(["undo three", "undo two", "undo one"]);
  expect(await box.ok("show", id)).toMatch(/Undone by: undo-three-/);
});

it("says what a saga would do, in words, as a graph and as JSON", async () => {
  const box = sagaBox();
  const file = box.write("three.yaml", THREE);

  expect(await box.ok("saga", "plan", file)).toMatch(
    /three: 3 steps\n(?:.|\n)*undone by echo undo one/,
  );
  expect(await box.ok("saga", "plan", file, "--mermaid")).toMatch(/^flowchart/);
  expect(await box.json("saga", "plan", file)).toMatchObject({
    name: "three",
    undoes: ["three", "two", "one"],
  });
  expect(await box.json("list")).toEqual([]);
});

it.each([
  ["saga: x\nsteps:\n  - name: [a\n", /bad\.yaml:\d+:\d+: /],
  ["\0\u0001garbage: {{{", /bad\.yaml/],
  ["saga: x\nstep: []\n", /bad\.yaml: steps is missing/],
  [
    "saga: x\nsteps:\n  - name: a\n    run: x\n    undoo: y\n",
    /bad\.yaml: a: has no key "undoo": .*undo/,
  ],
  ["saga: x\nsaga: y\nsteps: []\n", /bad\.yaml:2:1: /],
  [
    "a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*b]\n",
    /bad\.yaml/,
  ],
  ["", /bad\.yaml/],
  ["saga: x\nsteps:\n  - name: a\n    run: echo ${nobody}\n", /bad\.yaml: a: .*nobody/],
])("refuses %j, and nothing is created", async (text, message) => {
  const box = sagaBox();
  const file = box.write("bad.yaml", text);

  expect(await box.ttm("saga", "run", file)).toMatchObject({
    exitCode: 65,
    stdout: "",
    stderr: expect.stringMatching(message),
  });
  expect(await box.json("list")).toEqual([]);
});

it("refuses a file that is not there", async () => {
  const box = sagaBox();

  for (const name of ["no.yaml", "no.ts", "no.mjs"]) {
    expect(await box.ttm("saga", "run", name)).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining(`${name}: no such file`),
    });
  }
});
