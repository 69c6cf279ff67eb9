import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesWith, lineOf, sagaBox, viewOf } from "./saga-box.ts";
import { create, sandbox } from "./ttm.ts";

const ASKING = `
saga: asking
steps:
  - name: build
    run: echo build >> "$LEDGER"
    undo: echo undo build >> "$LEDGER"
  - approval: sign-off
    message: "Publish it?"
  - name: publish
    run: echo publish >> "$LEDGER"
`;

it("goes on once a person has approved, while it waits in a terminal", async () => {
  const box = sagaBox();
  const child = box.start("saga", "run", box.write("asking.yaml", ASKING));
  await lineOf(child.stderr, /sign-off: waits for an approval: Publish it\?/);
  const id = (await box.ok("active")).trimEnd();

  expect(await box.ttm("approve", id)).toMatchObject({ exitCode: 64 });
  expect(await box.ok("approve", id, "--why", "tests are green")).toBe(`Approved: ${id}\n`);
  expect(await child).toMatchObject({ exitCode: 0 });
  expect(box.ledger()).toEqual(["build", "publish"]);
  expect(await box.ok("events", id, "approval_approved")).toContain("tests are green");
  expect(await box.ttm("approve", id, "--why", "again")).toMatchObject({ exitCode: 2 });
});

it("is undone once a person has rejected it, by whoever carries it on", async () => {
  const box = sagaBox();
  const file = box.write("asking.yaml", ASKING);
  await box.ok("saga", "run", "--detach", file);
  await box.ok("worker", "--once");
  expect(await viewOf(box)).toMatchObject({ status: "waiting", waiting: [{ type: "approval" }] });
  expect(await box.ok("saga", "list")).toContain("approval sign-off");
  expect(await box.ok("show")).toMatch(/sign-off +waiting .*for an approval/);

  await box.ok("reject", "", "sign-off", "--why", "no budget");
  await box.ok("worker", "--once");
  expect(box.ledger()).toEqual(["build", "undo build"]);
  expect(await box.ok("show")).toMatch(/Failed: sign-off: rejected by \S+: no budget/);
});

it("ends where it waits when it is resumed without waiting", async () => {
  const box = sagaBox();
  await box.ok("saga", "run", "--detach", box.write("asking.yaml", ASKING));

  const { exitCode, stderr } = await box.ttm("saga", "resume", "--no-wait");
  expect(exitCode).toBe(75);
  expect(stderr).toContain("approval sign-off\nHint: carry it on: ttm saga resume");
});

it("takes a signal and what it brings", async () => {
  const box = sagaBox();
  const file = box.write(
    "signal.yaml",
    `saga: signal
steps:
  - signal: paid
  - name: ship
    run: [echo, "\${steps.paid.by}"]
`,
  );
  await box.ok("saga", "run", "--detach", file);
  await box.ok("worker", "--once");
  expect(await box.ttm("saga", "signal", "nothing")).toMatchObject({ exitCode: 2 });
  expect(await box.ok("saga", "signal", "paid", "--value", '{"by": "Ada"}')).toContain("Signalled");

  expect(await box.ttm("saga", "resume")).toMatchObject({ exitCode: 0, stdout: "ship | Ada\n" });
});

it("refuses what is no saga, and shows it as status does", async () => {
  const box = sandbox();
  const id = await create(box);

  for (const args of [
    ["cancel", id],
    ["saga", "resume", id],
    ["saga", "undo", id],
    ["saga", "export", id],
  ]) {
    expect({ args, ...(await box.ttm(...args)) }).toMatchObject({ args, exitCode: 65, stdout: "" });
  }
  expect(await box.ok("show", id)).toBe(await box.ok("status", id));
  expect(await box.json("show", id)).not.toHaveProperty("saga");
});

it("shows the steps with the status of a saga", async () => {
  const box = sagaBox();
  await box.ok("saga", "run", "--detach", box.write("asking.yaml", ASKING));

  expect(await box.ok("status")).toMatch(/\nSteps:\n {2}○ build\n {2}○ sign-off\n {2}○ publish\n$/);
  expect(await box.json("status")).toMatchObject({ saga: { name: "asking", status: "running" } });
});

it("goes on with an import that a crash cut off before its large results were written", async () => {
  const box = sagaBox();
  const there = sandbox();
  const id = (await box.ok("saga", "run", "--detach", box.write("asking.yaml", ASKING))).trimEnd();
  const exported: object = JSON.parse(await box.ok("saga", "export", id));
  const whole = { ...exported, results: { "results/build.json": "large" } };
  const document = box.write("export.json", JSON.stringify(whole));
  await there.ok("saga", "import", document);
  const results = join((await there.ok("dir", id)).trimEnd(), "artifacts/results");
  rmSync(results, { recursive: true });

  expect(await there.ok("saga", "import", document)).toBe(`${id}\n`);
  expect(readFileSync(join(results, "build.json"), "utf8")).toBe('"large"');
  expect(await there.ttm("saga", "import", document)).toMatchObject({ exitCode: 2 });
});

it("is carried to another data root as one document", async () => {
  const box = sagaBox();
  const there = sandbox({ LEDGER: box.ledgerFile });
  const file = box.write("asking.yaml", ASKING);
  await box.ok("saga", "run", "--detach", file);
  await box.ok("worker", "--once");
  const id = (await box.ok("active")).trimEnd();
  const document = box.write("export.json", await box.ok("saga", "export"));

  expect(await there.ok("saga", "import", document)).toBe(`${id}\n`);
  expect(await there.ttm("saga", "import", document)).toMatchObject({ exitCode: 2 });
  const { status, completed, waiting } = await viewOf(box);
  expect(await viewOf(there, id)).toMatchObject({ status, completed, waiting });
  await there.ok("approve", id, "--why", "fine");
  expect(await there.ttm("saga", "resume", id)).toMatchObject({ exitCode: 0 });
  expect(box.ledger()).toEqual(["build", "publish"]);
  expect(await there.ttm("saga", "import", file)).toMatchObject({ exitCode: 65 });
});

const SECRET = "sësame-0123/+x";

it("keeps secrets out of the folder and of what is shown, however they come out", async () => {
  const box = sagaBox({ API_TOKEN: SECRET });
  const keyFile = box.write("key file", `line one of the key\n${SECRET}\n`);
  const file = box.write(
    "secret.yaml",
    `saga: secret
vars:
  token: { secret: "env:API_TOKEN" }
steps:
  - name: leak
    env: { KEY: { secret: "file:${keyFile}" }, TOKEN: { secret: "env:API_TOKEN" } }
    run: |
      echo "plain $TOKEN"; printf '%s' "$TOKEN" | base64; echo "$KEY" >&2
      printf '%s' "$TOKEN" | head -c 5; sleep 0.3; printf '%s' "$TOKEN" | tail -c +6; echo
    undo: echo "undo \${token}"
  - name: use
    run: [echo, "\${steps.leak.stdout}", "\${token}"]
  - name: fail
    run: echo "bad \${token}" >&2; exit 1
`,
  );
  const { stdout, stderr, exitCode } = await box.ttm("saga", "run", file);
  const more = (await box.ok("show")) + (await box.ok("status")) + (await box.ok("saga", "export"));
  const plan = await box.ok("saga", "plan", file);

  expect(exitCode).toBe(1);
  expect(stdout).toContain("leak | plain ***\n");
  const base64 = Buffer.from(SECRET).toString("base64");
  for (const text of [SECRET, base64, SECRET.slice(0, 10), "line one of the key"]) {
    expect(stdout + stderr + more + plan).not.toContain(text);
    expect(filesWith(box.root, text)).toEqual([]);
  }
});

it("names a secret that is not there, and fails the step", async () => {
  const box = sagaBox({ NOT_THERE: undefined });
  const file = box.write(
    "secret.yaml",
    `saga: secret
steps:
  - { name: one, run: 'true', env: { A: { secret: "env:NOT_THERE" } } }
`,
  );
  const { exitCode, stderr } = await box.ttm("saga", "run", file);

  expect(exitCode).toBe(1);
  expect(stderr).toContain("one: attempt 1 failed: the secret env:NOT_THERE is not set");
});

it("completes sagas, steps and symbols where they belong", async () => {
  const box = sagaBox();
  await create(box, "other");
  await box.ok("saga", "run", "--detach", box.write("asking.yaml", ASKING));
  const id = (await box.ok("active")).trimEnd();
  const offered = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await box.ok("__complete", ...words))
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("\t")[0] ?? "");

  expect(await offered("saga", "c")).toEqual(["cancel", "create"]);
  expect(await offered("saga", "run", "")).toEqual([":files"]);
  expect(await offered("saga", "resume", "a")).toEqual([id]);
  expect(await offered("cancel", "")).toEqual([id]);
  expect(await offered("approve", id, "")).toEqual(["build", "sign-off", "publish"]);
  expect(await offered("approve", "@p")).toEqual(["@prod"]);
  expect(await offered("approve", "@prod", "o")).toEqual([expect.stringMatching(/^other-/)]);
  expect(await offered("worker", "--o")).toEqual(["--once"]);
});

it("has the original's create and status, and reads its file in once", async () => {
  const box = sagaBox();
  const home = join(box.root, "home");
  mkdirSync(join(home, ".aumai", "transactions"), { recursive: true });
  const old = "7d0bfe0e-6a3a-4b2e-9a8b-0c6d1b9e4f10";
  const entry = {
    transaction_id: old,
    steps: [{ step_id: "s", agent_id: "a", action: "x", data: {}, compensating_action: null }],
    state: "pending",
    created_at: "2026-02-27T12:00:00.854281Z",
    timeout_seconds: 30,
  };
  const file = join(home, ".aumai", "transactions", "transactions.json");
  writeFileSync(file, JSON.stringify([entry], undefined, 2));
  const own = { ...box, ...sandbox({ TETRA_DIR: box.root, HOME: home }) };

  const created = JSON.parse(await own.ok("saga", "create", "--timeout", "30"));
  expect(created).toEqual({
    transaction_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    state: "pending",
    created_at: expect.stringMatching(/\+00:00$/),
    timeout_seconds: 30,
  });
  const { transaction_id: id } = created;
  expect(JSON.parse(await own.ok("saga", "status", "--tx-id", id))).toEqual({
    ...created,
    steps: 0,
  });
  expect(JSON.parse(await own.ok("saga", "status", "--tx-id", old))).toEqual({
    transaction_id: old,
    state: "pending",
    steps: 1,
    created_at: "2026-02-27T12:00:00.854281+00:00",
    timeout_seconds: 30,
  });
  writeFileSync(file, "not JSON any more");
  expect(await own.ttm("saga", "status", "--tx-id", "nobody")).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: "Error: Transaction not found: nobody\n",
  });
  expect(await own.ttm("saga", "status")).toMatchObject({ exitCode: 2, stdout: "" });
  expect(await own.ttm("saga", "status", "--tx-id")).toMatchObject({ exitCode: 2, stdout: "" });
  expect(await own.ttm("saga", "status", "--nope")).toMatchObject({ exitCode: 2, stdout: "" });
  expect(await own.ttm("saga", "create", "--timeout", "soon")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(
      "Error: Invalid value for '--timeout': 'soon' is not a valid integer.\n",
    ),
  });
  expect(readFileSync(file, "utf8")).toBe("not JSON any more");
});
