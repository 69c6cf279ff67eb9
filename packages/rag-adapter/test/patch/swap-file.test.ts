import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { expect, it } from "vitest";
import { digestOf, type Standing, standingAt } from "../../src/patch/standing.ts";
import { swapFile } from "../../src/patch/swap-file.ts";
import { Killed, type MemoryProject, memoryProject } from "./memory-project.ts";

const PATH = "src/a.ts";

function standing(text: string | undefined): Standing {
  if (text === undefined) return { kind: "absent" };
  const bytes = new TextEncoder().encode(text);
  return {
    kind: "file",
    digest: digestOf(bytes),
    bytes: bytes.length,
    mode: 0o644,
    uid: -1,
    gid: -1,
  };
}

function projectWith(text: string | undefined): MemoryProject {
  const project = memoryProject({ "src/other.ts": "other" });
  if (text !== undefined) project.put(PATH, text);
  return project;
}

/** @returns how it ended: the code of a refusal, or `killed`. */
async function swap(
  project: MemoryProject,
  from: string | undefined,
  to: string | undefined,
): Promise<string> {
  try {
    return await swapFile(project.files, {
      path: PATH,
      token: "t",
      from: standing(from),
      to: standing(to),
      content: async () => new TextEncoder().encode(to),
    });
  } catch (error) {
    if (error instanceof Killed) return "killed";
    if (isTetraError(error)) return error.code;
    throw error;
  }
}

const text = fc.constantFrom(undefined, "before\n", "after\n", "");

it("leaves nothing but what was wanted", async () => {
  await fc.assert(
    fc.asyncProperty(text, text, async (from, to) => {
      const project = projectWith(from);
      const end = await swap(project, from, to);
      expect(end).toBe(from === to ? "already" : "changed");
      expect(project.text(PATH)).toBe(to);
      expect(Object.keys(project.picture()).filter((path) => path.includes(".tetra-"))).toEqual([]);
    }),
  );
});

it("killed at any step, the same again or its undoing finishes", { timeout: 60_000 }, async () => {
  const step = fc.nat(12);
  const direction = fc.constantFrom("again", "undo");
  await fc.assert(
    fc.asyncProperty(
      text,
      text,
      fc.array(step, { maxLength: 3 }),
      direction,
      async (from, to, kills, what) => {
        const project = projectWith(from);
        for (const kill of kills) {
          let steps = 0;
          project.before = () => {
            steps += 1;
            if (steps > kill) throw new Killed();
          };
          await swap(project, from, to);
          // at every moment it is the one or the other, whole
          expect([from, to]).toContain(project.text(PATH));
        }
        project.before = () => {};
        await (what === "again" ? swap(project, from, to) : swap(project, to, from));
        expect(project.text(PATH)).toBe(what === "again" ? to : from);
        expect(Object.keys(project.picture()).filter((path) => path.includes(".tetra-"))).toEqual(
          [],
        );
      },
    ),
    { numRuns: 1000 },
  );
});

it(
  "what somebody else writes at any step is kept, also when we are killed after that",
  { timeout: 60_000 },
  async () => {
    const step = fc.nat(12);
    await fc.assert(
      fc.asyncProperty(text, text, step, fc.option(step), async (from, to, write, kill) => {
        fc.pre(from !== to);
        const project = projectWith(from);
        let steps = 0;
        let hasWritten = false;
        project.before = () => {
          steps += 1;
          if (steps === write + 1) {
            project.put(PATH, "somebody else's\n");
            hasWritten = true;
          }
          if (kill !== null && steps > write + 1 + kill) throw new Killed();
        };
        const first = await swap(project, from, to);
        project.before = () => {};
        const end = first === "killed" ? await swap(project, from, to) : first;
        // behind the change they write upon ours
        const expected = hasWritten ? [end, "somebody else's\n"] : ["changed", to];
        expect([end, project.text(PATH)]).toEqual(expected);
        expect(Object.keys(project.picture()).filter((path) => path.includes(".tetra-"))).toEqual(
          [],
        );
      }),
      { numRuns: 2000 },
    );
  },
);

it("a file that is neither what it was nor what it shall be is not touched", async () => {
  const project = projectWith("somebody else's\n");
  const before = project.picture();
  expect(await swap(project, "before\n", "after\n")).toBe("FILE_CHANGED");
  expect(project.picture()).toEqual(before);
});

it("a folder that became a link meanwhile is not followed", async () => {
  const project = projectWith("before\n");
  project.put("elsewhere/a.ts", "before\n");
  for (const path of ["src/a.ts", "src/other.ts", "src"]) project.remove(path);
  project.link("src", "elsewhere");
  expect(await swap(project, "before\n", "after\n")).toBe("FILE_CHANGED");
  expect(project.text("elsewhere/a.ts")).toBe("before\n");
});

it("mode and time of what is put back are those it had", async () => {
  const project = memoryProject();
  project.put(PATH, "before\n", { mode: 0o751 });
  const before = standingAt(project.files, PATH);
  const picture = project.picture();
  await swapFile(project.files, {
    path: PATH,
    token: "t",
    from: before.kind === "file" ? before : standing(undefined),
    to: standing(undefined),
    content: async () => new Uint8Array(),
  });
  await swapFile(project.files, {
    path: PATH,
    token: "t",
    from: standing(undefined),
    to: before.kind === "file" ? before : standing(undefined),
    content: async () => new TextEncoder().encode("before\n"),
  });
  expect(project.picture()).toEqual(picture);
});
