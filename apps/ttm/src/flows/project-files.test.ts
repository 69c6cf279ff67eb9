import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileSystem, flushFolder, writeFileAtomic } from "@tetra/durable-fs";
import { crashStates, simulatedDisk, type SimulatedDisk } from "@tetra/durable-fs/testing";
import { type FileStepData, type ProjectFiles, projectActions } from "@tetra/rag-adapter/patch";
import { createHash } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { projectFiles, type ProjectSystem } from "./project-files.ts";

const CONTENTS = { before: "what it was\n", after: "what it shall be\n" } as const;
const PATH = "src/a.ts";

/** What a simulated disk does not know. It has no hard links, as some real ones have none. */
function simulatedSystem(fs: FileSystem): ProjectSystem {
  return {
    describe: (path) => ({
      owner: { uid: 0, gid: 0 },
      modifiedNs: String(Math.round((fs.stat(path)?.mtimeMs ?? 0) * 1e6)),
      names: 1,
    }),
    link() {
      throw Object.assign(new Error("no hard links"), { code: "EPERM" });
    },
    setOwner() {},
    setModified() {},
    mayOwn: () => true,
    real: (path) => path,
  };
}

function simulatedProject(fs: FileSystem): ProjectFiles {
  return projectFiles({ root: "/p", kept: [], fs, system: simulatedSystem(fs) });
}

/** A step that makes one of the two the other; `undefined` is no file. */
function step(before: string | undefined, after: string | undefined): FileStepData {
  const standing = (text: string | undefined): FileStepData["before"] => {
    if (text === undefined) return { kind: "absent" };
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    return { kind: "file", digest, bytes: text.length, mode: 0o644, uid: -1, gid: -1 };
  };
  return {
    root: "/p",
    path: PATH,
    txn: "t",
    before: standing(before),
    after: standing(after),
    images: { before: "before", after: "after" },
  };
}

async function act(files: ProjectFiles, name: string, data: unknown): Promise<unknown> {
  const store = {
    readArtifact: async (_txn: string, image: string) =>
      new TextEncoder().encode(image === "before" ? CONTENTS.before : CONTENTS.after),
  };
  const action = projectActions({ store, project: () => files }).find(name);
  return action?.({
    data,
    results: {},
    idempotencyKey: "t/step",
    attempt: 1,
    signal: new AbortController().signal,
    log: () => {},
    txn: "t",
    step: "step",
  });
}

function diskWith(text: string | undefined): SimulatedDisk {
  const disk = simulatedDisk();
  const fs = disk.fs();
  for (const folder of ["/p", "/p/src"]) fs.makeFolder(folder);
  if (text !== undefined) {
    writeFileAtomic(fs, `/p/${PATH}`, new TextEncoder().encode(text), { durable: true });
    fs.setMode(`/p/${PATH}`, 0o644);
  }
  for (const folder of ["/", "/p", "/p/src"]) flushFolder(fs, folder);
  return disk.clone();
}

function textOn(disk: SimulatedDisk): string | undefined {
  const files = simulatedProject(disk.fs());
  return files.look(PATH) === undefined ? undefined : new TextDecoder().decode(files.read(PATH));
}

describe.each([
  ["changing a file", CONTENTS.before, CONTENTS.after],
  ["making a file", undefined, CONTENTS.after],
  ["removing a file", CONTENTS.before, undefined],
])("%s", (_what, before, after) => {
  it("leaves the one or the other after every crash and every power cut, and can be finished or undone", async () => {
    const data = step(before, after);
    let looked = 0;
    const scenario = {
      disk: diskWith(before),
      async run(fs: FileSystem, note: (done: string) => void): Promise<void> {
        try {
          await act(simulatedProject(fs), "project.change-file", data);
        } catch (error) {
          // an action wraps what it cannot know the outcome of
          throw error instanceof Error ? (error.cause ?? error) : error;
        }
        note("done");
      },
    };
    for await (const { disk, notes, story } of crashStates<string>(scenario)) {
      for (const survivor of [disk.clone(), ...disk.powerCuts()]) {
        looked += 1;
        const left = textOn(survivor);
        expect(notes.includes("done") ? [after] : [before, after], story).toContain(left);
        for (const [action, end] of [
          ["project.change-file", after],
          ["project.restore-file", before],
        ] as const) {
          const next = survivor.clone();
          await act(simulatedProject(next.fs()), action, data);
          expect(textOn(next), story).toBe(end);
          expect(next.fs().names("/p/src"), story).toEqual(end === undefined ? [] : ["a.ts"]);
        }
      }
    }
    expect(looked).toBeGreaterThan(10);
  });
});

it.each([
  ["changing", CONTENTS.before, ["a.ts"]],
  ["making", undefined, []],
])(
  "on a full disk %s a file is refused, and leaves everything as it was",
  async (_what, before, names) => {
    const disk = diskWith(before);
    disk.freeBytes = 4;
    const end = act(
      simulatedProject(disk.fs()),
      "project.change-file",
      step(before, CONTENTS.after),
    );
    await expect(end).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
    expect(textOn(disk)).toBe(before);
    expect(disk.fs().names("/p/src")).toEqual(names);
  },
);

/** A project on the real disk. */
function realProject(): { readonly root: string; readonly files: ProjectFiles } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "project-files-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return { root, files: projectFiles({ root, kept: [join(root, "rag", "flows")] }) };
}

describe("on the real disk", () => {
  it("a file comes back with its bytes, its mode and its time, to the nanosecond", () => {
    const { root, files } = realProject();
    const path = join(root, "a.sh");
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, 0o751);
    utimesSync(path, 1_600_000_000.123_456, 1_600_000_000.123_456);
    const look = files.look("a.sh");
    const before = lstatSync(path, { bigint: true });
    rmSync(path);

    expect(look).toMatchObject({ kind: "file", mode: 0o751, names: 1 });
    const { mode = 0, owner, modifiedNs } = look?.kind === "file" ? look : {};
    files.create("a.sh", new TextEncoder().encode("#!/bin/sh\n"), { mode, owner, modifiedNs });
    const after = lstatSync(path, { bigint: true });
    expect([after.mode, after.mtimeNs, after.uid]).toEqual([
      before.mode,
      before.mtimeNs,
      before.uid,
    ]);
    expect(readFileSync(path, "utf8")).toBe("#!/bin/sh\n");
  });

  it("a link comes back as a link, with its time", () => {
    const { root, files } = realProject();
    symlinkSync("nowhere", join(root, "link"));
    const look = files.look("link");
    const before = lstatSync(join(root, "link"), { bigint: true });
    files.remove("link");
    files.link("nowhere", "link", look?.kind === "link" ? look.modifiedNs : undefined);

    expect(readlinkSync(join(root, "link"))).toBe("nowhere");
    expect(lstatSync(join(root, "link"), { bigint: true }).mtimeNs).toBe(before.mtimeNs);
  });

  it("what is published replaces nothing, and exchanging loses nothing", () => {
    const { root, files } = realProject();
    writeFileSync(join(root, "a"), "a");
    writeFileSync(join(root, "b"), "b");
    expect(() => files.publish("a", "b")).toThrow(expect.objectContaining({ code: "EEXIST" }));
    files.exchange("a", "b");
    expect([readFileSync(join(root, "a"), "utf8"), readFileSync(join(root, "b"), "utf8")]).toEqual([
      "b",
      "a",
    ]);
  });

  it("hard links are counted, and what is no file is named so", () => {
    const { root, files } = realProject();
    writeFileSync(join(root, "a"), "a");
    linkSync(join(root, "a"), join(root, "b"));
    mkdirSync(join(root, "folder"));
    expect(files.look("a")).toMatchObject({ names: 2 });
    expect(files.look("folder")).toEqual({ kind: "folder" });
    expect(files.look("none")).toBeUndefined();
  });

  it("a folder that became a link is not followed when it comes to changing a file in it", async () => {
    const { root, files } = realProject();
    const outside = mkdtempSync(join(tmpdir(), "project-outside-"));
    onTestFinished(() => rmSync(outside, { recursive: true }));
    writeFileSync(join(outside, "a.ts"), CONTENTS.before, { mode: 0o644 });
    symlinkSync(outside, join(root, "src"));
    const end = act(files, "project.change-file", step(CONTENTS.before, CONTENTS.after));

    await expect(end).rejects.toMatchObject({ code: "FILE_CHANGED" });
    expect(readFileSync(join(outside, "a.ts"), "utf8")).toBe(CONTENTS.before);
  });

  it("folders that are kept are found where they will be, also behind links", () => {
    const { root } = realProject();
    mkdirSync(join(root, "real"));
    symlinkSync("real", join(root, "rag"));
    expect(projectFiles({ root, kept: [join(root, "rag", "flows")] }).kept).toEqual([
      join(root, "real", "flows"),
    ]);
  });
});
