import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CallingShell, callingShell } from "./calling-shell.ts";

const hasSha256sum = spawnSync("sha256sum", ["--version"]).error === undefined;

async function withEvidence(
  names: readonly string[],
): Promise<CallingShell & { readonly id: string; readonly context: string }> {
  const shell = callingShell();
  const id = await shell.ok("txn_create", "a b");
  const context = join(shell.transactions, id, "ctx");
  for (const name of names) writeFileSync(join(context, name), name);
  return { ...shell, id, context };
}

describe("txn_add_ctx", () => {
  it.each([
    ["config.toml", "config", "100_config.toml"],
    ["app.tar.gz", "artifact", "100_artifact.tar.gz"],
    ["plain", "a plain file", "100_a plain file"],
    [".env", "settings", "100_settings.env"],
    ["a.b/file", "below a dot", "100_below a dot"],
  ])("adds %j as %j under the name %j", async (file, description, name) => {
    const { ok, call, cwd, id, context } = await withEvidence([]);
    mkdirSync(join(cwd, "a.b"), { recursive: true });
    writeFileSync(join(cwd, file), "content\n");

    const answer = await call(["txn_add_ctx", file, description]);

    expect(answer).toMatchObject({
      status: 0,
      stdout: `Added context: ${name}\n`,
      stderr: "",
      published: [["txn.evidence_added", id, name]],
    });
    expect(readFileSync(join(context, name), "utf8")).toBe("content\n");
    expect(await ok("txn_events", "", "evidence_added")).toContain(
      `"event":"evidence_added","file":"${name}","source":"${file}"`,
    );
  });

  it("copies a folder with what is in it, and gives it no suffix", async () => {
    const { ok, cwd, context } = await withEvidence([]);
    mkdirSync(join(cwd, "site.d/pages"), { recursive: true });
    writeFileSync(join(cwd, "site.d/pages/index.html"), "hello");

    expect(await ok("txn_add_ctx", "./site.d", "site")).toBe("Added context: 100_site");

    expect(readFileSync(join(context, "100_site/pages/index.html"), "utf8")).toBe("hello");
  });

  it.each([
    [[], 100],
    [["100_a", "110_b"], 120],
    [["100_a", "130_b"], 140],
    [["155custom"], 165],
    [["2000"], 2010],
    [["990_a"], 1000],
    [["098_x", "0900_x"], 910],
  ])("beside %j gets %d", async (names, number) => {
    const { ok, cwd } = await withEvidence(names);
    writeFileSync(join(cwd, "file"), "");

    expect(await ok("txn_add_ctx", "file", "x")).toBe(`Added context: ${number}_x`);
  });

  it("counts folders too: no number is given twice", async () => {
    const { ok, cwd, context } = await withEvidence([]);
    mkdirSync(join(context, "100_folder"));
    writeFileSync(join(cwd, "file"), "");

    expect(await ok("txn_add_ctx", "file", "x")).toBe("Added context: 110_x");
  });

  it("refuses a missing file in the original's words, and logs nothing", async () => {
    const { ok, call } = await withEvidence([]);

    expect(await call(["txn_add_ctx", "./not there", "x"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "Error: Source file not found: ./not there\n",
    });
    expect((await call(["txn_events", "", "evidence_added"])).status).toBe(1);
    expect(await ok("txn_list_ctx")).not.toContain("100");
  });

  it("refuses a description with a slash, and logs nothing", async () => {
    const { call, cwd } = await withEvidence([]);
    writeFileSync(join(cwd, "file"), "");

    expect(await call(["txn_add_ctx", "file", "a/b"])).toMatchObject({ status: 1, stdout: "" });
    expect((await call(["txn_events", "", "evidence_added"])).status).toBe(1);
  });

  it("sets the evidence variables anew", async () => {
    const { call, cwd, context } = await withEvidence(["100_a"]);
    writeFileSync(join(cwd, "file"), "");

    const { variables } = await call(["txn_add_ctx", "file", "x"]);

    expect(variables).toMatchObject({
      e1: join(context, "100_a"),
      e2: join(context, "110_x"),
      e_count: "2",
    });
  });

  it("follows a link that the caller names", async () => {
    const { ok, cwd, context } = await withEvidence([]);
    writeFileSync(join(cwd, "real.txt"), "content");
    symlinkSync("real.txt", join(cwd, "link.txt"));

    await ok("txn_add_ctx", "link.txt", "x");

    expect(readFileSync(join(context, "100_x.txt"), "utf8")).toBe("content");
  });
});

describe("txn_list_ctx", () => {
  it("lists names by leading number, one per line", async () => {
    const { ok } = await withEvidence(["1000_z", "110_b", "100_with space.txt"]);

    expect(await ok("txn_list_ctx")).toBe(
      [
        "Context files:",
        "000_policy.md",
        "010_request.md",
        "100_with space.txt",
        "110_b",
        "1000_z",
      ].join("\n"),
    );
  });

  it("prints the heading over an empty folder", async () => {
    const { ok, context } = await withEvidence([]);
    for (const name of readdirSync(context)) rmSync(join(context, name));

    expect(await ok("txn_list_ctx")).toBe("Context files:");
  });

  it.each(["", "gone-20250101T000000", "../x"])("says so without the folder: %j", async (id) => {
    const { ok, context } = await withEvidence([]);
    rmSync(context, { recursive: true });

    expect(await ok("txn_list_ctx", id)).toBe("No context files");
  });
});

describe("init_evidence_vars", () => {
  it("sets e1 and up to absolute paths, by number, then name, and tells each", async () => {
    const { call, context } = await withEvidence(["110_b", "110_a", "100_first one", "1000_late"]);
    mkdirSync(join(context, "120_folder"));

    const { stdout, status, variables } = await call(["init_evidence_vars"]);

    const paths = ["100_first one", "110_a", "110_b", "120_folder"].map((name) =>
      join(context, name),
    );
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        "Evidence variables initialized: 4 file(s)",
        ...paths.map((path, at) => `  $e${at + 1} = ${path}`),
        "",
      ].join("\n"),
    );
    expect(variables).toMatchObject({ e1: paths[0], e2: paths[1], e3: paths[2], e4: paths[3] });
    expect(variables).toMatchObject({ e_count: "4" });
  });

  it("clears e1 to e9, and whatever was set in this shell before", async () => {
    const { call, ok, id } = await withEvidence(
      Array.from({ length: 12 }, (_, at) => `${100 + at}_x`),
    );
    await ok("txn_create", "another");
    await ok("init_evidence_vars", id);

    const { variables = {} } = await call(["init_evidence_vars"]);

    const cleared = Object.keys(variables).filter((name) => variables[name] === undefined);
    expect(cleared.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, at) => `e${at + 1}`));
    expect(variables).toMatchObject({ e_count: "0" });
  });

  it.each(["", "gone-20250101T000000", "../x"])("finds none: %j", async (id) => {
    const { call } = await withEvidence([]);

    const { stdout, status, variables } = await call(["init_evidence_vars", id]);

    expect({ stdout, status }).toEqual({ stdout: "No evidence files found\n", status: 0 });
    expect(variables).toMatchObject({ e_count: "0", e1: undefined, e9: undefined });
  });

  it("spells paths as the caller spells TTM_TXNS_DIR, made absolute", async () => {
    const { call, cwd, context, id } = await withEvidence(["100_a"]);
    const spelled = { TTM_TXNS_DIR: "data/ttm/./txns" };

    const { variables } = await call(["init_evidence_vars", id], spelled);

    expect(variables?.["e1"]).toBe(`${cwd}/data/ttm/./txns/${id}/ctx/100_a`);
    expect(existsSync(join(context, "100_a"))).toBe(true);
  });
});

describe("txn_ctx_digest", () => {
  it.skipIf(!hasSha256sum)("is what the original computed (needs sha256sum)", async () => {
    const { ok, context } = await withEvidence(["100_x.txt", "120_same.txt", "130_with space"]);
    mkdirSync(join(context, "110_d"));
    writeFileSync(join(context, "110_d/y"), "c\n");
    writeFileSync(join(context, "140_back\\slash\nnew line"), "e\n");
    symlinkSync("100_x.txt", join(context, "150_link"));

    const digest = await ok("txn_ctx_digest");

    const original = 'find "$0" -type f -exec sha256sum {} + | LC_ALL=C sort | sha256sum';
    const { stdout } = spawnSync("sh", ["-c", original, context], { encoding: "utf8" });
    expect(`${digest}  -\n`).toBe(stdout);
  });

  it("is over the paths as the caller spells them", async () => {
    const { call, context, id, root } = await withEvidence([]);
    for (const name of readdirSync(context)) rmSync(join(context, name));
    writeFileSync(join(context, "100_a"), "text");
    const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

    const { stdout } = await call(["txn_ctx_digest", id], { TETRA_DIR: `${root}/` });

    const path = `${root}//ttm/txns/${id}/ctx/100_a`;
    expect(stdout).toBe(`${sha256(`${sha256("text")}  ${path}\n`)}\n`);
  });

  it("of an empty folder is the hash of nothing", async () => {
    const { ok, context } = await withEvidence([]);
    for (const name of readdirSync(context)) rmSync(join(context, name));

    expect(await ok("txn_ctx_digest")).toMatch(/^e3b0c442[0-9a-f]+b855$/);
  });

  it.each(["", "gone-20250101T000000", "../x"])("is none without the folder: %j", async (id) => {
    const { ok, context } = await withEvidence([]);
    rmSync(context, { recursive: true });

    expect(await ok("txn_ctx_digest", id)).toBe("none");
  });

  it("is noted in the state, once", async () => {
    const { ok } = await withEvidence([]);

    const digest = await ok("txn_ctx_digest");
    await ok("txn_ctx_digest");

    expect(await ok("txn_state")).toContain(`"ctx_digest": "${digest}"`);
    expect((await ok("txn_events", "", "txn_update")).split("\n")).toHaveLength(1);
  });
});
