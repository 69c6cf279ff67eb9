import { execaSync } from "execa";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parsePrompt } from "@tetra/rag-adapter/context";
import { describe, expect, it } from "vitest";
import { type Finished, PROGRAM, sandbox } from "./ttm.ts";

interface FlowBox {
  readonly project: string;
  readonly folder: string;
  readonly id: string;
  readonly ttm: (...args: readonly string[]) => Finished;
  readonly json: (...args: readonly string[]) => Readonly<Record<string, unknown>>;
}

/** A project with a flow, that has a numbered context file and an evidence file. */
function flowBox(files: Readonly<Record<string, string>> = {}): FlowBox {
  const { root } = sandbox();
  const project = join(root, "project");
  const flows = join(project, "rag/flows");
  mkdirSync(flows, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(project, path, ".."), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  const env = {
    TETRA_DIR: root,
    TTM_DIR: undefined,
    TTM_TXNS_DIR: undefined,
    RAG_SCOPE: undefined,
  };
  const run = (extra: Record<string, string>, args: readonly string[]): Finished => {
    const { stdout, stderr, exitCode } = execaSync(process.execPath, [PROGRAM, ...args], {
      cwd: project,
      env: { ...env, ...extra },
      reject: false,
      stripFinalNewline: false,
    });
    return { stdout, stderr, exitCode };
  };
  const id = run({ TTM_TXNS_DIR: flows }, ["create", "mend the login"]).stdout.trim();
  const ttm = (...args: readonly string[]): Finished => run({}, args);
  const folder = join(flows, id);
  return { project, folder, id, ttm, json: (...args) => JSON.parse(ttm("--json", ...args).stdout) };
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

const SOURCES = {
  "src/login.ts": Array.from(
    { length: 60 },
    (_, at) => `export const line${at + 1} = ${at};\n`,
  ).join(""),
  "src/token.ts": "export const token = 1;\n",
  "src/copy.ts": "export const token = 1;\n",
  "src/logo.bin": "\u0000\u0001",
  "dist/built.ts": "built\n",
  ".gitignore": "dist/\n",
};

describe("ttm flow assemble", () => {
  it("puts evidence in order within the budget, and names what is left out with the reason", () => {
    const box = flowBox(SOURCES);
    const told = box.json(
      "flow",
      "assemble",
      "--budget",
      "420",
      "-s",
      "src/token.ts",
      "-s",
      "src/**",
      "-s",
      "none.ts",
    );

    expect(told).toMatchObject({
      flow: box.id,
      budget: 420,
      encoding: "o200k_base",
      parts: [
        { kind: "instructions" },
        { path: "src/token.ts", span: "full" },
        { path: "src/login.ts", span: expect.stringMatching(/^lines=1:\d+$/), cut: { of: 60 } },
      ],
      leftOut: [
        { path: "src/copy.ts", reason: "duplicate", detail: "the same as src/token.ts" },
        { path: "src/logo.bin", reason: "binary" },
        { path: "src/token.ts", reason: "duplicate" },
        { path: "none.ts", reason: "missing" },
      ],
    });
    expect(Number(told["tokens"])).toBeLessThanOrEqual(420);
  });

  it("takes ranges, and the flow's own evidence first", () => {
    const box = flowBox(SOURCES);
    mkdirSync(join(box.folder, "ctx/evidence"), { recursive: true });
    writeFileSync(
      join(box.folder, "ctx/evidence/100_a.evidence.md"),
      "# Evidence: old/a.ts\n<!-- source_uri=file:///old/a.ts; cid=sha256:0; span=full; tags=old -->\n\n```ts\nold();\n```\n",
    );
    writeFileSync(join(box.folder, "ctx/evidence/110_b.evidence.md.skip"), "off\n");
    writeFileSync(join(box.folder, "ctx/100_note.txt"), "noted\n");
    box.ttm("flow", "assemble", "-s", "src/login.ts:10-11", "-s", "src/login.ts::12,12#auth");

    const prompt = parsePrompt(readFileSync(join(box.folder, "build/prompt.mdctx"), "utf8"));
    expect(prompt.task).toBe("mend the login");
    expect(prompt.evidence).toMatchObject([
      { path: "old/a.ts", text: "old();\n", tags: ["old"] },
      { path: "ctx/100_note.txt", text: "noted\n" },
      { path: "src/login.ts", span: "lines=10:11" },
      { path: "src/login.ts", span: "lines=12:12", tags: ["auth"] },
    ]);
  });

  it("moves the flow to ASSEMBLE, and no flow back that is further", () => {
    const box = flowBox();
    box.ttm("flow", "assemble");
    const log = readFileSync(join(box.folder, "events.ndjson"), "utf8");
    expect(log).toContain('"rag_stage":"ASSEMBLE"');
    box.ttm("flow", "assemble");
    expect(
      readFileSync(join(box.folder, "events.ndjson"), "utf8").match(/rag_stage"/g),
    ).toHaveLength(log.match(/rag_stage"/g)?.length ?? 0);
  });

  it.each([
    [["--budget", "5"], "OVER_BUDGET", 65],
    [["--budget", "much"], "USAGE", 64],
    [["--encoding", "gpt-9"], "INVALID_INPUT", 65],
    [["-s", "../secret"], "PATH_REFUSED", 77],
    [["-s", "out.txt"], "PATH_REFUSED", 77],
    [["-s", "a.ts:9-2"], "INVALID_INPUT", 65],
  ])("refuses %j with %s, and keeps nothing", (args, code, exitCode) => {
    const box = flowBox();
    symlinkSync("/etc/hostname", join(box.project, "out.txt"));
    const end = box.ttm("--json", "flow", "assemble", ...args);

    expect(end.exitCode).toBe(exitCode);
    expect(JSON.parse(end.stderr)).toMatchObject({ error: { code } });
    expect(existsSync(join(box.folder, "artifacts/prompts"))).toBe(false);
    expect(readFileSync(join(box.folder, "events.ndjson"), "utf8")).not.toContain(
      "prompt_assembled",
    );
  });
});

describe("what a model saw", () => {
  it("is shown to the byte, also when files and evidence have changed since", () => {
    const box = flowBox(SOURCES);
    const { digest } = box.json("flow", "assemble", "-s", "src/token.ts");
    const seen = readFileSync(join(box.folder, "build/prompt.mdctx"), "utf8");
    writeFileSync(join(box.project, "src/token.ts"), "changed\n");
    box.ttm("flow", "assemble", "-s", "src/token.ts");

    expect(sha256(seen)).toBe(digest);
    expect(box.ttm("flow", "prompt", box.id, String(digest).slice(0, 20)).stdout).toBe(seen);
    expect(box.ttm("flow", "prompt").stdout).toContain("changed");
    expect(box.ttm("flow", "prompt", "--all").stdout.split("\n")).toHaveLength(3);
    expect(box.ttm("flow", "prompt", "--contents").stdout).toContain("src/token.ts");
  });

  it("is not shown when somebody has changed what was kept", () => {
    const box = flowBox(SOURCES);
    box.ttm("flow", "assemble");
    const [name = ""] = readdirSync(join(box.folder, "artifacts/prompts"));
    const kept = join(box.folder, "artifacts/prompts", name.replace(/json$/, "mdctx"));
    writeFileSync(kept, `${readFileSync(kept, "utf8")}!`);
    const end = box.ttm("--json", "flow", "prompt");

    expect(end.stdout).toBe("");
    expect(JSON.parse(end.stderr)).toMatchObject({ error: { code: "IMAGE_DAMAGED" } });
  });

  it("is not there before a prompt was assembled", () => {
    expect(flowBox().ttm("flow", "prompt")).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("no prompt was assembled"),
    });
  });
});
