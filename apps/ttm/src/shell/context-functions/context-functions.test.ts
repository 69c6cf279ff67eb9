import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { knownFunctions } from "../functions.ts";
import type { ShellAnswer } from "../shell-call.ts";

const ANSWER = `#MULTICAT_START
# dir: .
# file: patch.diff
#MULTICAT_END
--- a/a.ts
+++ b/a.ts
@@ -1 +1 @@
-old
+new
--- /dev/null
+++ b/made/b.ts
@@ -0,0 +1 @@
+b
`;

interface Shell {
  readonly project: string;
  readonly call: (name: string, ...args: readonly string[]) => Promise<ShellAnswer>;
}

/** What a shell that has sourced the functions calls, in a project of its own. */
function shell(): Shell {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "context-functions-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const project = join(root, "project");
  mkdirSync(join(project, "rag/flows"), { recursive: true });
  writeFileSync(join(project, "a.ts"), "old\n");
  const functions = knownFunctions();
  onTestFinished(() => functions.close());
  const env = { TETRA_DIR: root, HOME: root, TTM_TXNS_DIR: join(project, "rag/flows") };
  return {
    project,
    async call(name, ...args) {
      const run = await functions.find(name);
      if (run === undefined) throw new Error(`no function ${name}`);
      return run({ name, args, cwd: project, umask: 0o077, env });
    },
  };
}

async function flow({
  call,
  project,
}: Shell): Promise<{ readonly id: string; readonly folder: string }> {
  const { stdout } = await call("flow_create", "mend it");
  const id = stdout.trimEnd().split("\n").at(-1) ?? "";
  return { id, folder: join(project, "rag/flows", id) };
}

it("flow_assemble writes the prompt of the active flow, and flow_prompt prints it", async () => {
  const own = shell();
  const { id, folder } = await flow(own);
  const assembled = await own.call("flow_assemble", "--budget", "900", "--select", "*.ts");

  expect(assembled).toMatchObject({ status: 0, stderr: "" });
  expect(assembled.stdout).toMatch(/^Prompt: \d+ of 900 tokens \(o200k_base\)\n/);
  const text = readFileSync(join(folder, "build/prompt.mdctx"), "utf8");
  expect(text).toContain("old\n");
  expect(await own.call("flow_prompt", id)).toMatchObject({ status: 0, stdout: text });
});

it("flow_apply changes the files with the caller's umask, and tells how to undo", async () => {
  const own = shell();
  const { id, folder } = await flow(own);
  mkdirSync(join(folder, "build"), { recursive: true });
  writeFileSync(join(folder, "build/answer.md"), ANSWER);
  await own.call("flow_transition", "SUBMIT");

  const rehearsed = await own.call("flow_apply", "--dry-run");
  expect(rehearsed.stdout).toContain("Would change 2 files");
  expect(readFileSync(join(own.project, "a.ts"), "utf8")).toBe("old\n");

  const applied = await own.call("flow_apply");
  expect(applied).toMatchObject({ status: 0, published: [["txn.stage_changed", id, "VALIDATE"]] });
  expect(applied.stdout).toMatch(/\nUndo: command ttm saga undo apply-mend-it-\w+\n$/);
  expect(readFileSync(join(own.project, "a.ts"), "utf8")).toBe("new\n");
  expect(statSync(join(own.project, "made/b.ts")).mode & 0o777).toBe(0o600);
  expect(statSync(join(own.project, "made")).mode & 0o777).toBe(0o700);
});

it("what does not fit is refused in one line and a hint, and changes nothing", async () => {
  const own = shell();
  await flow(own);
  writeFileSync(join(own.project, "reply.md"), ANSWER.replace("-old", "-older"));
  const refused = await own.call("flow_apply", "", "reply.md");

  expect(refused).toMatchObject({ status: 1, stdout: "" });
  expect(refused.stderr).toMatch(/^Error: a\.ts: hunk 1: it does not fit: .*\nHint: .*\n$/);
  expect(existsSync(join(own.project, "made"))).toBe(false);
});

it("flow_apply takes one word that is no flow but a file as the answer to the active flow", async () => {
  const own = shell();
  const { id } = await flow(own);
  writeFileSync(join(own.project, "reply.md"), ANSWER);
  const applied = await own.call("flow_apply", "reply.md");

  expect(applied).toMatchObject({ status: 0, published: [["txn.stage_changed", id, "VALIDATE"]] });
  expect(readFileSync(join(own.project, "a.ts"), "utf8")).toBe("new\n");
});

it("flow_apply takes a word that is a flow as the flow, whatever files there are", async () => {
  const own = shell();
  const { id } = await flow(own);
  writeFileSync(join(own.project, id), ANSWER);
  const { stderr } = await own.call("flow_apply", id);

  expect(stderr).toContain(`${id}: there is no answer yet`);
});

it("a file without an active flow is applied to none", async () => {
  const own = shell();
  writeFileSync(join(own.project, "reply.md"), ANSWER);
  const { stderr } = await own.call("flow_apply", "reply.md");

  expect(stderr).toBe("Error: No active flow\n");
});

it.each([[["-"]], [["", "-"]], [["some-flow", "-"]]])(
  "flow_apply %j tells who reads standard input",
  async (args) => {
    const own = shell();
    await flow(own);
    expect(await own.call("flow_apply", ...args)).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "Error: flow_apply does not read standard input\n" +
        "Hint: name a file, or let the program read it: command ttm flow apply ID -\n",
    });
  },
);

it.each(["flow_assemble", "flow_prompt", "flow_apply"])(
  "%s of a flow that is not there has the reference's words",
  async (name) => {
    const own = shell();
    await flow(own);
    mkdirSync(join(own.project, "folder"));
    for (const id of ["gone", "../x", "folder"]) {
      expect(await own.call(name, id)).toEqual({
        status: 1,
        stdout: "",
        stderr: `Error: Flow not found: ${id}\n`,
      });
    }
  },
);

it.each([
  ["flow_assemble", ["--budget", "much"], "Error: --budget"],
  ["flow_assemble", ["--nonsense"], "Error: flow_assemble: Unknown option"],
  ["flow_assemble", ["none"], "Error: Flow not found: none\n"],
  ["flow_apply", [], ": there is no answer yet"],
  ["flow_prompt", [], ": no prompt was assembled"],
])("%s %j is refused in words", async (name, args, words) => {
  const own = shell();
  await flow(own);
  const refused = await own.call(name, ...args);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain(words);
});

it("without an active flow the reference's words are given", async () => {
  expect(await shell().call("flow_apply")).toEqual({
    status: 1,
    stdout: "",
    stderr: "Error: No active flow\n",
  });
});
