import { expect, it } from "vitest";
import { create, sandbox } from "./ttm.ts";

it("takes any prefix that fits one transaction", async () => {
  const box = sandbox();
  const api = await create(box, "deploy api");
  await create(box, "deploy web");

  expect(await box.ok("dir", "deploy-a")).toContain(api);
  expect(await box.ok("transition", "SELECT", "deploy-a")).toContain("NEW → SELECT");
});

it("lists the candidates of a prefix that fits several", async () => {
  const box = sandbox();
  const api = await create(box, "deploy api");
  const web = await create(box, "deploy web");

  expect(await box.ttm("state", "deploy")).toMatchObject({
    exitCode: 65,
    stdout: "",
    stderr: `Error: "deploy" fits 2 transactions\nHint: use one of ${api}, ${web}\n`,
  });
});

it("gives two transactions of one second different ids", async () => {
  const box = sandbox();
  const ids = await Promise.all([create(box, "same"), create(box, "same"), create(box, "same")]);

  expect(new Set(ids).size).toBe(3);
});

it.each([
  [`it's "quoted" \\ and $HOME`, "it-s-quoted-and-home"],
  ["two\nlines", "two-lines"],
  ["-rf /", "-rf"],
  ["--json", "-json"],
  ["Ünïcode 日本語", "-n-code"],
  ["  leading", "-leading"],
  ["!!!", ""],
])("keeps the description %j exactly, and its id works", async (description, slug) => {
  const box = sandbox();
  const id = await create(box, description);

  expect(id.replace(/-\d{8}T\d{6}$/, "")).toBe(slug);
  expect(JSON.parse(await box.ok("state", "--", id))).toMatchObject({ txn_id: id, description });
  expect(await box.ok("commit", "--", id)).toContain(`Transaction committed: ${id}\n`);
});

it("says how to write an argument that begins with a dash", async () => {
  const { ttm } = sandbox();
  const { stderr } = await ttm("create", "-rf /");

  expect(stderr).toContain("put -- in front of an argument that begins with a dash");
});

it("never sends control characters of a description in a line for people", async () => {
  const box = sandbox();
  await create(box, "clear \u001b[2J\u009b31m screen\r\nfake line");

  const list = await box.ok("list");
  const status = await box.ok("status");

  expect(list.split("\n")).toHaveLength(4);
  expect((list + status).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
});
