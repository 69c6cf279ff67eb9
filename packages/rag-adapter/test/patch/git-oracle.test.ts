import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { byteText, bytesOfText } from "../../src/patch/byte-text.ts";
import { checkAnswer } from "../../src/patch/check-answer.ts";
import { parseFilePatches } from "../../src/patch/file-patch.ts";
import { fitHunks } from "../../src/patch/fit-hunks.ts";
import { memoryProject } from "./memory-project.ts";

const hasGit = spawnSync("git", ["--version"]).error === undefined;
const RUNS = { numRuns: 60 };

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "git-oracle-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What git says is between two texts. */
function gitDiff(folder: string, old: string, fresh: string): string {
  writeFileSync(join(folder, "old"), old, "latin1");
  writeFileSync(join(folder, "fresh"), fresh, "latin1");
  const args = ["diff", "--no-index", "--text", "--no-color", "old", "fresh"];
  const { stdout } = spawnSync("git", args, { cwd: folder, encoding: "latin1" });
  return stdout.replace(/^diff.*\n(?:index.*\n)?--- .*\n\+\+\+ .*\n/, "--- a/x\n+++ b/x\n");
}

/** What git makes of a patch; `undefined` when it refuses. */
function gitApply(folder: string, source: string, patch: string): string | undefined {
  writeFileSync(join(folder, "x"), source, "latin1");
  const { status } = spawnSync("git", ["apply", "--unidiff-zero", "--whitespace=nowarn", "-"], {
    cwd: folder,
    input: Buffer.from(patch, "latin1"),
  });
  return status === 0 ? readFileSync(join(folder, "x"), "latin1") : undefined;
}

function ours(source: string, patch: string): string | undefined {
  try {
    const [one] = parseFilePatches(patch);
    return fitHunks(source, one?.hunks ?? [], { path: "x" }).content;
  } catch {
    return undefined;
  }
}

const line = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("a", "b", "}", "", "\té", "-- x", "++ y", "\\ z", "@@ q"),
  },
  {
    weight: 2,
    arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => byteText(bytes).replaceAll("\n", "")),
  },
);
const text = fc
  .tuple(fc.array(line, { maxLength: 25 }), fc.boolean())
  .map(([lines, isOpen]) => lines.join("\n") + (isOpen || lines.length === 0 ? "" : "\n"));

it.skipIf(!hasGit)(
  "makes of what git diff writes what git had, to the byte (needs git)",
  { timeout: 60_000 },
  () => {
    const folder = temporary();
    fc.assert(
      fc.property(text, text, (old, fresh) => {
        fc.pre(old !== fresh && old !== "");
        expect(ours(old, gitDiff(folder, old, fresh))).toBe(fresh);
      }),
      RUNS,
    );
  },
);

it.skipIf(!hasGit)(
  "never makes something else of a patch than git apply does (needs git)",
  { timeout: 60_000 },
  () => {
    const folder = temporary();
    const ends = { applied: 0, refused: 0 };
    fc.assert(
      fc.property(
        text,
        text,
        fc.array(line, { maxLength: 4 }),
        fc.nat(10),
        (old, fresh, added, at) => {
          // git is lax about the newline at the end, which we are not
          fc.pre(old !== fresh && old.endsWith("\n") && /(?:^|\n)$/.test(fresh));
          fc.pre(!old.includes("\r") && !fresh.includes("\r"));
          const lines = old.split("\n");
          const moved = [
            ...lines.slice(0, at),
            ...added.map((one) => one.replaceAll("\r", "")),
            ...lines.slice(at),
          ].join("\n");
          const patch = gitDiff(folder, old, fresh);
          const made = ours(moved, patch);
          ends[made === undefined ? "refused" : "applied"] += 1;
          // git takes the nearest of several places, which we refuse; so it may apply what we do not
          expect([made, undefined]).toContain(made && gitApply(folder, moved, patch));
        },
      ),
      RUNS,
    );
    expect(ends.applied).toBeGreaterThan(5);
  },
);

/** A tree of files: content, and whether it may be executed. */
type Tree = Readonly<Record<string, readonly [content: string, isProgram: boolean]>>;

const path = fc.constantFrom(
  "a.txt",
  "b c.txt",
  "src/é.ts",
  "src/deep/d.ts",
  'q"uote.txt',
  "run.sh",
);
const words = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "}", "", "-- x", "é"), { maxLength: 12 }), fc.boolean())
  .map(([lines, isOpen]) => lines.join("\n") + (isOpen || lines.length === 0 ? "" : "\n"));
const tree: fc.Arbitrary<Tree> = fc.dictionary(path, fc.tuple(words, fc.boolean()), { maxKeys: 5 });

function writeTree(folder: string, files: Tree): void {
  for (const name of readdirSync(folder)) {
    if (name !== ".git") rmSync(join(folder, name), { recursive: true });
  }
  for (const [name, [content, isProgram]] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content, {
      mode: isProgram ? 0o755 : 0o644,
    });
  }
}

/** What git says is between two trees, renames and modes included. */
function treeDiff(folder: string, from: Tree, to: Tree): string {
  const git = (...args: readonly string[]): string =>
    spawnSync("git", ["-c", "core.fileMode=true", ...args], { cwd: folder }).stdout.toString();
  const [before = "", after = ""] = [from, to].map((files) => {
    writeTree(folder, files);
    git("add", "--all", "--force");
    return git("write-tree").trim();
  });
  return git("diff", "--text", "--find-renames=60%", before, after);
}

it.skipIf(!hasGit)(
  "makes one tree of the other as git diff has it: new, removed, renamed, modes (needs git)",
  { timeout: 60_000 },
  () => {
    const folder = temporary();
    spawnSync("git", ["init", "-q"], { cwd: folder });
    let count = 0;
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        const diff = treeDiff(folder, from, to);
        fc.pre(diff !== "");
        const project = memoryProject();
        for (const [name, [content, isProgram]] of Object.entries(from)) {
          const bytes = new TextEncoder().encode(content);
          if (name.includes("/")) project.put(`${dirname(name)}/keep`, "");
          project.files.create(name, bytes, { mode: isProgram ? 0o755 : 0o644 });
        }
        const patches = parseFilePatches(diff).map((patch) => ({ type: "patch" as const, patch }));
        const { changes } = checkAnswer({ wanted: patches, notes: "" }, project.files, {
          umask: 0o022,
        });
        const made = Object.fromEntries(
          Object.entries(from).map(([name, [content, isProgram]]) => [name, [content, isProgram]]),
        );
        for (const { path: name, after, fresh } of changes) {
          delete made[name];
          if (after.kind === "file" && fresh !== undefined) {
            made[name] = [new TextDecoder().decode(fresh), (after.mode & 0o111) !== 0];
          }
        }
        expect(made).toEqual(to);
        count += 1;
      }),
      { numRuns: 40 },
    );
    expect(count).toBeGreaterThan(10);
  },
);

it("text of bytes is those bytes", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_value, at) => at);
  expect(Uint8Array.from(bytesOfText(byteText(bytes)))).toEqual(bytes);
});
