import { describe, expect, it } from "vitest";
import { formatMulticat } from "../../src/multicat/format-multicat.ts";
import { readAnswer } from "../../src/patch/answer.ts";
import { checkAnswer, type CheckedAnswer } from "../../src/patch/check-answer.ts";
import { type MemoryProject, memoryProject } from "./memory-project.ts";

function answer(files: Readonly<Record<string, string>>): string {
  const blocks = Object.entries(files).map(([file, content]) => ({ dir: ".", file, content }));
  return formatMulticat(
    blocks.map((block) => Object.assign(block, { mode: "full" as const, notes: [] })),
  );
}

function check(project: MemoryProject, text: string): CheckedAnswer {
  return checkAnswer(readAnswer(text), project.files, { umask: 0o022 });
}

function patch(text: string): string {
  return answer({ "patch.diff": text });
}

function modification(path: string): string {
  return patch(`--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-old\n+new\n`);
}

function contents({ changes }: CheckedAnswer): Record<string, string | undefined> {
  const text = (bytes: Uint8Array | undefined): string | undefined =>
    bytes && new TextDecoder().decode(bytes);
  return Object.fromEntries(changes.map(({ path, fresh }) => [path, text(fresh)]));
}

describe("works out", () => {
  it("what is created, changed, removed and moved, and the folders for it, changing nothing", () => {
    const project = memoryProject({ "a.txt": "old\n", "b.txt": "gone\n", "c.txt": "kept\n" });
    const before = project.picture();
    const checked = check(
      project,
      patch(
        [
          "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-old\n+new\n",
          "--- a/b.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n",
          "diff --git a/c.txt b/deep/er/c.txt\nrename from c.txt\nrename to deep/er/c.txt\n",
        ].join(""),
      ),
    );
    expect(contents(checked)).toEqual({
      "a.txt": "new\n",
      "b.txt": undefined,
      "c.txt": undefined,
      "deep/er/c.txt": "kept\n",
    });
    expect(checked.folders).toEqual([
      { path: "deep", mode: 0o755 },
      { path: "deep/er", mode: 0o755 },
    ]);
    expect(project.picture()).toEqual(before);
  });

  it("patches of one file, one upon the other", () => {
    const project = memoryProject({ "a.txt": "old\n" });
    const more = "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-new\n+newer\n";
    const text = `--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-old\n+new\n${more}`;
    expect(contents(check(project, patch(text)))).toEqual({ "a.txt": "newer\n" });
  });

  it("the order of the plan, and what it names and does not", () => {
    const project = memoryProject({ "a.txt": "old\n" });
    const checked = check(
      project,
      answer({
        "plan.json": '[{"file": "./z.txt"}, {"file": "none.txt"}]',
        "a.txt": "A\n",
        "z.txt": "Z\n",
      }),
    );
    expect(checked.changes.map(({ path }) => path)).toEqual(["z.txt", "a.txt"]);
    expect(checked.remarks).toEqual([
      "a.txt: not in the plan",
      "none.txt: in the plan, and not changed",
    ]);
  });

  it("nothing to do for files that are so already", () => {
    const checked = check(memoryProject({ "a.txt": "A\n" }), answer({ "a.txt": "A\n" }));
    expect(checked.changes).toEqual([]);
    expect(checked.remarks).toEqual(["a.txt: is so already"]);
  });

  it("modes: what may be executed stays so, and becomes so where a patch says", () => {
    const project = memoryProject();
    project.put("run.sh", "old\n", { mode: 0o750 });
    const made =
      "diff --git a/new.sh b/new.sh\nnew file mode 100755\n--- /dev/null\n+++ b/new.sh\n@@ -0,0 +1 @@\n+x\n";
    const text = `--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-old\n+new\n${made}`;
    const modes = check(project, patch(text)).changes.map(({ path, after }) => [
      path,
      after.kind === "file" && after.mode,
    ]);
    expect(modes).toEqual([
      ["run.sh", 0o750],
      ["new.sh", 0o755],
    ]);
  });

  it("where a link on the way leads, as long as that is inside", () => {
    const project = memoryProject({ "packages/core/a.txt": "old\n" });
    project.link("core", "packages/core");
    expect(contents(check(project, modification("core/a.txt")))).toEqual({
      "packages/core/a.txt": "new\n",
    });
  });

  it("bytes that are no UTF-8 where a patch does not touch them", () => {
    const project = memoryProject();
    const bytes = Uint8Array.from([0xff, 0x0a, ...new TextEncoder().encode("old\n"), 0xfe]);
    project.files.create("a.txt", bytes, { mode: 0o644 });
    const { changes } = check(project, patch("--- a/a.txt\n+++ b/a.txt\n@@ -2 +2 @@\n-old\n+né\n"));
    expect([...(changes[0]?.fresh ?? [])]).toEqual([0xff, 0x0a, 0x6e, 0xc3, 0xa9, 0x0a, 0xfe]);
  });
});

describe("refuses, whatever else the answer holds,", () => {
  it.each([
    ["../a.txt"],
    ["/etc/passwd"],
    [".git/config"],
    ["sub/.GIT/hooks/x"],
    [".tetra/ttm/x"],
    [".rag/flows/x"],
    ["rag/flows/x/state.json"],
    [".tetra-0123456789abcdef"],
    ["out/a.txt"],
    ["dangling/a.txt"],
    ["circle/a.txt"],
    ["file/a.txt"],
    ["hidden/a.txt"],
  ])("the path %s", (path) => {
    // what is left of /etc behind as many letters as the root has
    const cut = { "c/a.txt": "old\n" };
    const project = memoryProject({ "good.txt": "old\n", file: "x", "rag/flows/x": "", ...cut });
    project.link("out", "/etc");
    project.link("dangling", "nowhere");
    project.link("circle", "/p/circle/none");
    project.link("hidden", "rag");
    const text =
      answer({ "good.txt": "new\n" }) +
      answer({ "patch.diff": `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-old\n+new\n` });
    expect(() => check(project, text)).toThrow(expect.objectContaining({ code: "PATH_REFUSED" }));
  });

  it.each([
    ["a file that is missing", "a.txt", "no such file"],
    ["a link", "link", "it is a link"],
  ])("a patch of %s", (_what, path, message) => {
    const project = memoryProject({ "there.txt": "old\n" });
    project.link("link", "there.txt");
    expect(() => check(project, modification(path))).toThrow(message);
  });

  it("a new file where one is, and more left of a removed one", () => {
    const project = memoryProject({ "a.txt": "old\nmore\n" });
    const create = "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+new\n";
    const remove = "--- a/a.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n";
    expect(() => check(project, patch(create))).toThrow("it is there already");
    expect(() => check(project, patch(remove))).toThrow("holds more");
  });

  it("what could not be put back: other names, other owners, folders", () => {
    const project = memoryProject({ "folder/a.txt": "" });
    project.put("linked.txt", "old\n", { names: 2 });
    project.put("theirs.txt", "old\n", { uid: 0 });
    const refused = (path: string): unknown => {
      try {
        return check(project, answer({ [path]: "new\n" }));
      } catch (error) {
        return error;
      }
    };
    expect(refused("linked.txt")).toMatchObject({ code: "NOT_RESTORABLE" });
    expect(refused("theirs.txt")).toMatchObject({ code: "NOT_RESTORABLE" });
    expect(refused("folder")).toMatchObject({ code: "NOT_RESTORABLE" });
  });

  it("a file where another one's folder is to be", () => {
    const text = answer({ "new/a.txt": "1\n", new: "2\n" });
    expect(() => check(memoryProject(), text)).toThrow("a part of its path is a file");
  });

  it("a link that leads elsewhere than the patch says, and removes one that does not", () => {
    const project = memoryProject();
    project.link("link", "there");
    const removal = (target: string): string =>
      patch(
        `diff --git a/link b/link\ndeleted file mode 120000\n--- a/link\n+++ /dev/null\n@@ -1 +0,0 @@\n-${target}\n\\ No newline at end of file\n`,
      );
    expect(() => check(project, removal("elsewhere"))).toThrow(`it leads to "there"`);
    expect(check(project, removal("there")).changes).toMatchObject([
      { path: "link", before: { kind: "link", target: "there" }, after: { kind: "absent" } },
    ]);
  });
});
