import { execa, execaSync } from "execa";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROGRAM, type Finished, sandbox } from "./ttm.ts";

const ANSWER = `Here you are.

#MULTICAT_START
# dir: .
# file: plan.json
#MULTICAT_END
{"changes": [{"file": "run.sh"}, {"file": "src/a.ts"}, {"file": "old.txt"}]}
#MULTICAT_START
# dir: .
# file: patch.diff
#MULTICAT_END
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,2 +1,2 @@
 export const a = 1;
-export const b = 2;
+export const b = 3;
diff --git a/old.txt b/old.txt
deleted file mode 100644
--- a/old.txt
+++ /dev/null
@@ -1 +0,0 @@
-old
diff --git a/link b/link
deleted file mode 120000
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
#MULTICAT_START
# dir: ./new/deep
# file: made.ts
#MULTICAT_END
made
`;

const APPLIED = ["new/deep/made.ts", "run.sh", "src/a.ts"];
const UNTOUCHED = ["link", "old.txt", "run.sh", "src/a.ts"];

/** A project with a flow that has an answer. */
interface FlowBox {
  readonly project: string;
  readonly flows: string;
  readonly id: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ttm: (...args: readonly string[]) => Finished;
  readonly json: (...args: readonly string[]) => unknown;
}

function boxAt(project: string, root: string, id: string): FlowBox {
  const flows = join(project, "rag", "flows");
  const env = {
    TETRA_DIR: root,
    TTM_DIR: undefined,
    TTM_TXNS_DIR: flows,
    RAG_SCOPE: undefined,
    RAG_DIR: undefined,
  };
  const ttm = (...args: readonly string[]): Finished => {
    const options = { cwd: project, env, reject: false, stripFinalNewline: false } as const;
    const { stdout, stderr, exitCode } = execaSync(process.execPath, [PROGRAM, ...args], options);
    return { stdout, stderr, exitCode };
  };
  return {
    project,
    flows,
    id,
    env,
    ttm,
    json: (...args) => JSON.parse(ttm("--json", ...args).stdout),
  };
}

function flowBox(): FlowBox {
  const { root } = sandbox();
  const project = join(root, "project");
  mkdirSync(join(project, "src"), { recursive: true });
  writeFileSync(join(project, "src/a.ts"), "export const a = 1;\nexport const b = 2;\n");
  writeFileSync(join(project, "old.txt"), "old\n");
  writeFileSync(join(project, "run.sh"), "run\n");
  chmodSync(join(project, "run.sh"), 0o640);
  symlinkSync("old.txt", join(project, "link"));
  mkdirSync(join(project, "rag/flows"), { recursive: true });
  const box = boxAt(project, join(root, "tetra"), "");
  const id = box.ttm("create", "mend it").stdout.trim();
  box.ttm("transition", "EXECUTE");
  mkdirSync(join(box.flows, id, "build"), { recursive: true });
  writeFileSync(join(box.flows, id, "build/answer.md"), ANSWER);
  return { ...box, id };
}

/** Everything in a project but the flows: kinds, contents, modes, times. */
function picture(project: string): Readonly<Record<string, unknown>> {
  const names = readdirSync(project, { recursive: true, encoding: "utf8" });
  const paths = names.filter((path) => path !== "rag" && !path.startsWith("rag/"));
  return Object.fromEntries(
    paths.toSorted().map((path) => {
      const at = join(project, path);
      const { mode, mtimeNs, uid } = lstatSync(at, { bigint: true });
      const stats = lstatSync(at);
      if (stats.isDirectory()) return [path, { mode }];
      const content = stats.isSymbolicLink() ? readlinkSync(at) : readFileSync(at, "utf8");
      return [path, { content, mode, mtimeNs, uid }];
    }),
  );
}

function files(project: string): readonly string[] {
  return Object.entries(picture(project)).flatMap(([path, what]) =>
    typeof what === "object" && what !== null && "content" in what ? [path] : [],
  );
}

function answer(box: FlowBox, text: string): void {
  writeFileSync(join(box.flows, box.id, "build/answer.md"), text);
}

describe("ttm flow apply", () => {
  it("changes the files as a transaction, moves the flow to VALIDATE, and keeps what was changed as evidence", () => {
    const box = flowBox();
    const told = box.json("flow", "apply");

    expect(told).toMatchObject({
      flow: box.id,
      status: "committed",
      changes: [
        { path: "run.sh", change: "modify" },
        { path: "src/a.ts", change: "modify" },
        { path: "old.txt", change: "delete" },
        { path: "link", change: "delete" },
        { path: "new/deep/made.ts", change: "add" },
      ],
      remarks: ["link: not in the plan", "new/deep/made.ts: not in the plan"],
      evidence: "100_applied.diff",
    });
    expect(files(box.project)).toEqual(APPLIED);
    expect(lstatSync(join(box.project, "run.sh")).mode & 0o777).toBe(0o750);
    expect(box.json("state", box.id)).toMatchObject({ stage: "VALIDATE", iteration: 1 });
    expect(readFileSync(join(box.flows, box.id, "ctx/100_applied.diff"), "utf8")).toContain(
      "-export const b = 2;\n+export const b = 3;",
    );
  });

  it("says how it is undone, and ttm saga undo does: bytes, modes, times, links and folders", () => {
    const box = flowBox();
    const before = picture(box.project);
    const { stdout } = box.ttm("flow", "apply");
    const [, undo = ""] = /^Undo: ttm (.*)$/m.exec(stdout) ?? [];

    expect(picture(box.project)).not.toEqual(before);
    expect(box.ttm(...undo.split(" "))).toMatchObject({ exitCode: 0 });
    expect(picture(box.project)).toEqual(before);
  });

  it("with --dry-run shows the difference, and changes nothing at all", () => {
    const box = flowBox();
    const before = picture(box.project);
    const log = readFileSync(join(box.flows, box.id, "events.ndjson"));
    const { stdout, exitCode } = box.ttm("flow", "apply", "--dry-run");

    expect(exitCode).toBe(0);
    expect(stdout).toContain("  M src/a.ts\n");
    expect(stdout).toContain("-export const b = 2;\n+export const b = 3;\n");
    expect(picture(box.project)).toEqual(before);
    expect(readFileSync(join(box.flows, box.id, "events.ndjson"))).toEqual(log);
    expect(readdirSync(box.flows).filter((name) => name.startsWith("apply"))).toEqual([]);
  });

  it.each([
    ["PATCH_MISMATCH", 2, ANSWER.replace("-export const b = 2;", "-export const b = 9;")],
    ["PATH_REFUSED", 77, ANSWER.replace("./new/deep", "../new")],
    ["PATH_REFUSED", 77, ANSWER.replace("./new/deep", "./rag/flows/x")],
    ["INVALID_ANSWER", 65, ANSWER.replace('{"changes"', '{"changes')],
    ["INVALID_MULTICAT", 65, ANSWER.replace("#MULTICAT_END\nmade", "made")],
    ["INVALID_ANSWER", 65, "I cannot do that."],
  ])("refuses with %s (status %i) before anything changes", (code, exitCode, text) => {
    const box = flowBox();
    const before = picture(box.project);
    answer(box, text);
    const end = box.ttm("--json", "flow", "apply");

    expect(end.exitCode).toBe(exitCode);
    expect(JSON.parse(end.stderr)).toMatchObject({ error: { code } });
    expect(picture(box.project)).toEqual(before);
    expect(box.json("list")).toHaveLength(1);
  });

  it.each(["../answer.md", "-"])("takes %s alone as the answer to the active flow", (word) => {
    const box = flowBox();
    answer(box, "nothing");
    writeFileSync(join(box.project, "../answer.md"), ANSWER);
    const options = { cwd: box.project, env: box.env, input: ANSWER };
    const args = [PROGRAM, "flow", "apply", word, "--dry-run"];
    expect(execaSync(process.execPath, args, options).stdout).toMatch(/^Would change 5 files /);
  });

  it("takes a word that is neither a flow nor a file as a flow", () => {
    const box = flowBox();
    expect(box.ttm("flow", "apply", "answer.md").stderr).toContain(
      "answer.md: no such transaction",
    );
  });

  it("takes an answer from a file, or from standard input", () => {
    const box = flowBox();
    writeFileSync(join(box.project, "reply.md"), ANSWER);
    expect(box.ttm("flow", "apply", box.id, "reply.md", "--dry-run").stdout).toContain("5 files");
    const piped = execaSync(
      process.execPath,
      [PROGRAM, "flow", "apply", box.id, "-", "--dry-run"],
      {
        cwd: box.project,
        env: box.env,
        input: ANSWER,
      },
    );
    expect(piped.stdout).toContain("5 files");
  });

  it("applied again has nothing to change", () => {
    const box = flowBox();
    box.ttm("flow", "apply");
    answer(box, "#MULTICAT_START\n# dir: new/deep\n# file: made.ts\n#MULTICAT_END\nmade\n");
    expect(box.ttm("flow", "apply").stdout).toContain("Nothing to change");
  });

  it("keeps what somebody else has written since, and says that a person has to look", () => {
    const box = flowBox();
    const { txn } = JSON.parse(JSON.stringify(box.json("flow", "apply")));
    writeFileSync(join(box.project, "src/a.ts"), "theirs\n");
    const undo = box.ttm("saga", "undo", txn);

    expect(undo.exitCode).toBe(3);
    expect(undo.stderr).toContain("src/a.ts: somebody else has changed it meanwhile");
    expect(readFileSync(join(box.project, "src/a.ts"), "utf8")).toBe("theirs\n");
    expect(files(box.project)).toEqual(UNTOUCHED);
  });
});

describe("two at once", () => {
  /** Applies an answer that sets `b` and the new file to a number. */
  async function applyNumber(box: FlowBox, number: string): Promise<void> {
    const text = ANSWER.replace("b = 3", `b = ${number}`).replace("\nmade\n", `\nmade ${number}\n`);
    writeFileSync(join(box.project, `rag/${number}.md`), text);
    const args = [PROGRAM, "flow", "apply", box.id, `rag/${number}.md`];
    await execa(process.execPath, args, { cwd: box.project, env: box.env, reject: false });
  }

  it("leave the project as one of them wanted it, or as it was, and nothing in between", async () => {
    for (let round = 0; round < 4; round += 1) {
      const box = flowBox();
      const before = picture(box.project);
      await Promise.all([applyNumber(box, "30"), applyNumber(box, "31")]);
      const numbers = ["src/a.ts", "new/deep/made.ts"].map((path) => {
        const at = join(box.project, path);
        return existsSync(at) ? /3[01]/.exec(readFileSync(at, "utf8"))?.[0] : undefined;
      });

      expect(new Set(numbers).size).toBe(1);
      const asItWas = numbers[0] === undefined ? before : picture(box.project);
      expect(picture(box.project)).toEqual(asItWas);
      expect(files(box.project)).toEqual(numbers[0] === undefined ? UNTOUCHED : APPLIED);
    }
  });
});

describe("killed with SIGKILL before any step", () => {
  let built = "";
  beforeAll(async () => {
    built = mkdtempSync(join(tmpdir(), "apply-worker-"));
    await build({
      input: new URL("fixtures/apply-worker.mjs", import.meta.url).pathname,
      platform: "node",
      external: ["fs-native-extensions", "jiti"],
      output: { dir: built, format: "esm", entryFileNames: "worker.mjs" },
      logLevel: "silent",
    });
    symlinkSync(join(import.meta.dirname, "../node_modules"), join(built, "node_modules"));
  });
  afterAll(() => rmSync(built, { recursive: true, force: true }));

  function worker(box: FlowBox, killBefore: number): string {
    const args = [join(built, "worker.mjs"), box.flows, box.project, box.id, String(killBefore)];
    const { stdout, stderr, signal } = execaSync(process.execPath, args, { reject: false });
    if (stdout === "" && signal !== "SIGKILL") throw new Error(stderr);
    return stdout;
  }

  it(
    "another process carries it on, or puts every file back: bytes, modes, times",
    { timeout: 300_000 },
    () => {
      const template = flowBox();
      const whole = copyOf(template, "whole");
      const { steps, status } = JSON.parse(worker(whole, Infinity));
      expect(status).toBe("committed");
      expect(steps).toBeGreaterThan(40);
      const ends = { finished: 0, putBack: 0 };

      for (let kill = 0; kill < steps; kill += 1) {
        const box = copyOf(template, `kill-${kill}`);
        const before = picture(box.project);
        worker(box, kill);
        const open = openSaga(box);
        const putsBack = open !== undefined && kill % 2 === 0;
        const args = putsBack ? ["saga", "rollback", open, "--why", "test"] : ["flow", "apply"];
        const end = box.ttm(...args);

        expect(end.exitCode, `kill ${kill}: ${end.stderr}`).toBe(putsBack ? 1 : 0);
        const expected = putsBack ? before : picture(box.project);
        expect(picture(box.project)).toEqual(expected);
        expect(files(box.project)).toEqual(putsBack ? UNTOUCHED : APPLIED);
        const { stage } = stateOf(box, box.id);
        expect(stage, `kill ${kill}`).toBe(putsBack ? "EXECUTE" : "VALIDATE");
        ends[putsBack ? "putBack" : "finished"] += 1;
        rmSync(box.project, { recursive: true });
      }
      expect(ends.finished).toBeGreaterThan(20);
      expect(ends.putBack).toBeGreaterThan(10);
    },
  );
});

function stateOf(box: FlowBox, id: string): { readonly stage: string } {
  return JSON.parse(box.ttm("state", id).stdout);
}

/** The transaction that a dead process left half done. */
function openSaga(box: FlowBox): string | undefined {
  const txn = readdirSync(box.flows).find((name) => name.startsWith("apply-"));
  if (txn === undefined) return undefined;
  const log = readFileSync(join(box.flows, txn, "events.ndjson"), "utf8");
  return log.includes('"saga_defined"') && !log.includes('"to":"DONE"') ? txn : undefined;
}

/** The same project and flow at another place, times included. */
function copyOf(box: FlowBox, name: string): FlowBox {
  const project = join(box.project, "..", name);
  cpSync(box.project, project, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
  });
  return boxAt(project, box.env["TETRA_DIR"] ?? "", box.id);
}
