import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { digestOf } from "../src/tokens/token.ts";
import { usesPath } from "../src/tokens/token-uses.ts";
import { tetradBox } from "./tetrad-box.ts";

describe("tetrad token create", () => {
  it("prints the token alone, keeps its digest alone, in a private file", async () => {
    const { tetrad, root } = tetradBox();

    const { out, err, status } = await tetrad("token", "create", "agent", "--mode", "operate");

    const secret = out.trimEnd();
    const path = join(root, "config/tokens.json");
    expect(status).toBe(0);
    expect(secret).toMatch(/^tetra_[A-Za-z0-9_-]{43}$/);
    expect(err).toBe("this is agent, to operate; it is not kept, and not shown again\n");
    expect(readFileSync(path, "utf8")).toContain(digestOf(secret));
    expect(readFileSync(path, "utf8")).not.toContain(secret);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "config")).mode & 0o777).toBe(0o700);
  });

  it("makes one that only reads when nothing else is said", async () => {
    const { tetrad } = tetradBox();

    expect(JSON.parse((await tetrad("token", "create", "ci", "--json")).out)).toEqual({
      name: "ci",
      token: expect.stringMatching(/^tetra_/),
      mode: "read",
    });
  });

  it.each([
    [["token", "create", "agent"], 1, "there is a token agent"],
    [["token", "create"], 64, "name required"],
    [["token", "create", "../x"], 64, "is no name for a token"],
    [["token", "create", "x", "--mode", "root"], 64, "there is no mode"],
    [["token", "create", "x", "--expires", "soon"], 64, "is no length of time"],
    [["token", "create", "x", "--expires", "0d"], 64, "is no length of time"],
    [["token", "create", "x", "--policy", "/nowhere"], 66, "/nowhere: ENOENT"],
    [["token", "revoke", "nobody"], 66, "there is no token nobody"],
  ])("refuses %j, and keeps what there is", async (words, status, why) => {
    const { tetrad, root } = tetradBox();
    await tetrad("token", "create", "agent");
    const before = readFileSync(join(root, "config/tokens.json"), "utf8");

    expect(await tetrad(...words)).toMatchObject({
      status,
      out: "",
      err: expect.stringContaining(why),
    });

    expect(readFileSync(join(root, "config/tokens.json"), "utf8")).toBe(before);
  });

  it("loses none of twenty that are made at once", async () => {
    const { tetrad } = tetradBox();
    const names = Array.from({ length: 20 }, (_, at) => `agent-${String(at).padStart(2, "0")}`);

    await Promise.all(names.map((name) => tetrad("token", "create", name)));

    const { tokens } = JSON.parse((await tetrad("token", "list", "--json")).out);
    const made = tokens.map(({ name }: { readonly name: string }) => name);
    expect(made.toSorted()).toEqual(names);
  });

  it("does not add to a file that it cannot read, or that others may write to", async () => {
    const { tetrad, root } = tetradBox();
    await tetrad("token", "create", "agent");
    const path = join(root, "config/tokens.json");

    writeFileSync(path, "{", { mode: 0o600 });

    expect(await tetrad("token", "create", "other")).toMatchObject({
      status: 65,
      err: expect.stringContaining("it is not JSON"),
    });
    expect(readFileSync(path, "utf8")).toBe("{");
    chmodSync(path, 0o620);
    expect(await tetrad("token", "create", "other")).toMatchObject({
      status: 77,
      err: expect.stringContaining("others may write to it"),
    });
  });
});

describe("tetrad token list", () => {
  it("shows what each may do, how long, and when it was used", async () => {
    const { tetrad, root } = tetradBox();
    await tetrad("start");
    writeFileSync(join(root, "policy.yaml"), "");
    await tetrad("token", "create", "ci", "--expires", "30d");
    const policy = join(root, "policy.yaml");
    await tetrad("token", "create", "agent", "--mode", "operate", "--policy", policy);
    writeFileSync(usesPath(root), JSON.stringify({ ci: Date.now(), agent: 1, gone: 1 }));

    const { out } = await tetrad("token", "list");

    expect(out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      ["NAME", "MODE", "CREATED", "EXPIRES", "LAST USED", "POLICY"],
      ["ci", "read", "now", "in 30d", "now", "-"],
      ["agent", "operate", "now", "never", "never", policy],
      [""],
    ]);
  });

  it("says that there is none", async () => {
    const { tetrad } = tetradBox();

    expect((await tetrad("token", "list")).out).toContain("no tokens");
    expect(JSON.parse((await tetrad("token", "list", "--json")).out)).toEqual({ tokens: [] });
  });
});

it("forgets a token that is revoked", async () => {
  const { tetrad } = tetradBox();
  await tetrad("token", "create", "agent");

  expect((await tetrad("token", "revoke", "agent")).out).toContain("agent is revoked");

  expect((await tetrad("token", "list")).out).toContain("no tokens");
  expect((await tetrad("token", "create", "agent")).status).toBe(0);
});
