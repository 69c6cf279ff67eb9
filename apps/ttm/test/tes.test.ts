import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { farMachine, hasSshd, sandboxNear, writeTopology } from "./far.ts";
import { sandbox } from "./ttm.ts";

const far = farMachine();

it("resolves to any level, by name or number", async () => {
  const { ok, json } = sandbox();

  expect(await ok("tes", "resolve", "@staging")).toBe("deploy@staging.local\n");
  expect(await ok("tes", "resolve", "@staging", "--level", "1")).toBe("staging.local\n");
  expect(await ok("tes", "resolve", "@staging", "--level", "Locator", "--path", "~/a b")).toBe(
    "deploy@staging.local:~/a b\n",
  );
  expect(await ok("tes", "resolve", "@staging", "--path", "/x", "--op", "write")).toBe(
    "ssh -- deploy@staging.local: replace in one step, with standard input, /x\n",
  );
  expect(await json("tes", "resolve", "@staging", "--", "echo", "a b")).toMatchObject({
    level: "plan",
    number: 7,
    text: "ssh -- deploy@staging.local: execute: echo 'a b'",
    argv: expect.arrayContaining(["ssh"]),
  });
});

it("refuses what it cannot resolve", async () => {
  const { ttm } = sandbox();

  expect(await ttm("tes", "resolve", "@stagign")).toMatchObject({
    exitCode: 66,
    stderr: "Error: @stagign is not known\nHint: did you mean @staging?\n",
  });
  expect(await ttm("tes", "resolve", "@sta ging")).toMatchObject({
    exitCode: 65,
    stderr: expect.stringContaining("column 5"),
  });
  for (const args of [
    ["@staging", "--level", "9"],
    ["@staging", "--op", "burn"],
    ["@staging", "--level", "locator"],
  ]) {
    expect(await ttm("tes", "resolve", ...args)).toMatchObject({ exitCode: 65, stdout: "" });
  }
  expect(await ttm("tes", "resolve", "@staging", "--op", "execute")).toMatchObject({
    exitCode: 64,
  });
  expect(await ttm("tes", "rezolve", "@staging")).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('did you mean "ttm tes resolve"?'),
  });
});

it("explains where each value comes from, file and line, and where it stops", async () => {
  const box = sandbox();
  const file = writeTopology(box, { "@staging": { type: "ssh", host: "s.example", user: "me" } });
  const { stdout } = await box.ttm("tes", "explain", "@staging");

  expect(stdout).toContain("3 connector  me@s.example\n");
  expect(stdout).toContain(`host = s.example  (${file}:4 @staging.host)\n`);
  expect(stdout).toContain("4 handle     me@s.example  (not tested)\n");
  expect(await box.ttm("tes", "explain", "@staging", "--level", "plan")).toMatchObject({
    exitCode: 65,
    stdout: expect.stringContaining("5 locator    stopped: @staging: level 5 (locator)"),
  });
});

it("reads the organisation's tetra.toml too", async () => {
  const box = sandbox();
  const folder = join(box.root, "orgs", "acme");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tetra.toml"), '[environments.qa]\nhost = "qa.example"\n');

  expect(await box.ok("tes", "resolve", "@qa", "--level", "address")).toBe("qa.example\n");
  expect(await box.json("tes", "list")).toContainEqual({
    symbol: "@qa",
    type: "ssh",
    address: "qa.example",
    source: expect.stringContaining("tetra.toml:2"),
  });
});

it("checks files, naming file, line and key", async () => {
  const box = sandbox();
  expect(await box.ok("tes", "check")).toBe("No files: the built-in symbols apply\n");
  const file = writeTopology(box, { "@staging": { type: "ssh", host: "s.example", port: "x" } });
  const toml = join(box.root, "bad.toml");
  writeFileSync(toml, "[environments.qa]\nhost = 7\n");

  expect(await box.ttm("tes", "check")).toMatchObject({
    exitCode: 65,
    stdout: expect.stringContaining(`${file}:5: "@staging.port" `),
  });
  expect(await box.ttm("tes", "check", toml)).toMatchObject({
    exitCode: 65,
    stdout: expect.stringContaining(`${toml}:2: `),
  });
  expect(await box.ttm("tes", "check", "/nowhere.toml")).toMatchObject({ exitCode: 66 });
});

it("completes subcommands of tes, and symbols", async () => {
  const { ok } = sandbox();

  expect(await ok("__complete", "tes", "")).toMatch(/^resolve\t.+\nexplain\t/);
  expect(await ok("__complete", "tes", "ping", "@pr")).toBe("@prod\t\n");
  expect(await ok("__complete", "te")).toBe("tes\t\n");
});

it.skipIf(!hasSshd)("connects and measures, and remembers it (needs sshd)", async () => {
  const box = sandboxNear(far());

  expect(await box.ok("tes", "ping", "@staging")).toMatch(
    /^✓ @staging: \w+@web1: connected in \d+ms, a command takes \d+ms; counts as tested for 5m\n$/,
  );
  expect(await box.ok("tes", "explain", "@staging")).toMatch(/4 handle +\S+ {2}\(tested, \d+ ms\)/);
  expect(await box.json("tes", "ping", "@staging", "--cached")).toMatchObject({
    reachable: true,
    cached: true,
  });
});

it.skipIf(!hasSshd).each([
  ["@refused", "CONNECTION_REFUSED"],
  ["@stranger", "AUTH_REFUSED"],
  ["@unknown", "HOST_KEY_UNKNOWN"],
  ["@imposter", "HOST_KEY_CHANGED"],
])("says that %s cannot be reached, and why: %s (needs sshd)", async (symbol, code) => {
  const { ttm } = sandboxNear(far());
  const { stdout, exitCode } = await ttm("tes", "ping", symbol, "--json");

  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ symbol, reachable: false, code });
});
