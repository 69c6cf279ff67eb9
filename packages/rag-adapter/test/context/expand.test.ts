import { describe, expect, it } from "vitest";
import type { EvidenceTree } from "../../src/context/evidence-tree.ts";
import { expand, type ExpandLimits } from "../../src/context/expand.ts";
import { parseSelection } from "../../src/context/selection.ts";
import { memoryTree } from "./memory-tree.ts";

const FILES = {
  "src/b.ts": "b1\nb2\nb3\nb4\n",
  "src/a.ts": "a\n",
  "src/deep/c.ts": "c\n",
  "src/deep/c.js": "js\n",
  "node_modules/x/a.ts": "not ours\n",
  ".git/a.ts": "git\n",
  ".gitignore": "ignored/\n*.log\n!keep.log\n",
  "ignored/a.ts": "ignored\n",
  "src/x.log": "log\n",
  "src/keep.log": "kept\n",
  "src/deep/.gitignore": "c.js\n",
  "rag/flows/f/a.ts": "flow\n",
};

/** What selections give, in short: path, span, and the first line or the reason. */
async function found(
  tree: EvidenceTree,
  texts: readonly string[],
  limits?: ExpandLimits,
): Promise<readonly (readonly string[])[]> {
  const all = await expand(tree, texts.map(parseSelection), limits);
  return all.map((one) => {
    if (one.type === "unusable") return [one.unusable.path, one.unusable.reason];
    const { path, span, text, tags } = one.evidence;
    return [path, span, text.split("\n")[0] ?? ""].concat(tags);
  });
}

describe("a selection is", () => {
  it.each([
    ["src/b.ts", ["src/b.ts", "full", "b1"]],
    ["/p/src/b.ts", ["src/b.ts", "full", "b1"]],
    ["./src//b.ts", ["src/b.ts", "full", "b1"]],
    ["src/b.ts:2-3", ["src/b.ts", "lines=2:3", "b2"]],
    ["src/b.ts:3", ["src/b.ts", "lines=3:3", "b3"]],
    ["src/b.ts::2,3#api,auth", ["src/b.ts", "lines=2:3", "b2", "api", "auth"]],
    ["src/b.ts:2-99#api", ["src/b.ts", "lines=2:4", "b2", "api"]],
    ["src/b.ts::4c,5c", ["src/b.ts", "bytes=4:5", "b2"]],
  ])("%s", async (text, expected) => {
    expect(await found(memoryTree(FILES), [text])).toEqual([expected]);
  });

  it("a pattern, its files sorted, without what is ignored or not ours", async () => {
    const tree = memoryTree(FILES, ["/p/rag"]);
    const paths = (await found(tree, ["**/*.ts", "src/*.log", "src/**/*.js"])).map(
      ([path]) => path,
    );
    expect(paths).toEqual(["src/a.ts", "src/b.ts", "src/deep/c.ts", "src/keep.log", "src/**/*.js"]);
    expect(tree.reads.filter((path) => /node_modules|\.git\/|rag/.test(path))).toEqual([]);
  });

  it("a folder, with all that is in it", async () => {
    const paths = (await found(memoryTree(FILES), ["src/deep"])).map(([path]) => path);
    expect(paths).toEqual(["src/deep/c.ts"]);
  });

  it("a file whose name looks like a pattern, where there is one", async () => {
    const tree = memoryTree({ "app/[id].ts": "page\n", "app/i.ts": "i\n" });
    expect(await found(tree, ["app/[id].ts"])).toEqual([["app/[id].ts", "full", "page"]]);
  });

  it("in the order in which it comes, also when it is ignored", async () => {
    const paths = (await found(memoryTree(FILES), ["src/b.ts", "ignored/a.ts", "src/*.ts"])).map(
      ([path]) => path,
    );
    expect(paths).toEqual(["src/b.ts", "ignored/a.ts", "src/a.ts", "src/b.ts"]);
  });
});

describe("what cannot be shown is named with the reason:", () => {
  it.each([
    ["none.ts", ["none.ts", "missing"]],
    ["none/*.ts", ["none/*.ts", "no match"]],
    ["nul.bin", ["nul.bin", "binary"]],
    ["latin1.txt", ["latin1.txt", "binary"]],
    ["large.txt", ["large.txt", "too large"]],
    ["out*", ["out.txt", "outside"]],
    ["short.txt:9-10", ["short.txt", "no match"]],
  ])("%s", async (text, expected) => {
    const tree = memoryTree({
      "nul.bin": Uint8Array.from([65, 0]),
      "latin1.txt": Uint8Array.from([0xe9]),
      "large.txt": "x".repeat(200),
      "short.txt": "1\n",
      "out.txt": "link:/etc/passwd",
    });
    expect(await found(tree, [text], { mostBytes: 100 })).toEqual([expected]);
  });

  it("nothing of a link that leads out is read", async () => {
    const tree = memoryTree({ "out.txt": "link:/etc/passwd" });
    await found(tree, ["*.txt"]);
    expect(tree.reads).toEqual([]);
  });
});

describe("is refused:", () => {
  it.each(["../x.ts", "/etc/passwd", "src/../../x", "out.txt"])("%s leads out", async (text) => {
    const tree = memoryTree({ "out.txt": "link:/etc/passwd" });
    await expect(found(tree, [text])).rejects.toMatchObject({ code: "PATH_REFUSED" });
    expect(tree.reads).toEqual([]);
  });

  it.each(["", "#tag", "a.ts:0-3", "a.ts:5-2", "a.ts::x"])("%j", (text) => {
    expect(() => parseSelection(text)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("a pattern over more names than may be looked at", async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`f${at}.ts`, "x"]));
    await expect(found(memoryTree(many), ["*.ts"], { mostNames: 49 })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await found(memoryTree(many), ["*.ts"], { mostNames: 50 })).toHaveLength(50);
  });
});
