import type { TransactionStore } from "@tetra/tts-core";
import { type Sagas, sagas, type SagaView } from "@tetra/tts-core/saga";
import { fakeClock, type MemoryStore, memoryStore } from "@tetra/tts-core/testing";
import { describe, expect, it } from "vitest";
import {
  checkAnswer,
  PROJECT_ACTIONS,
  projectActions,
  readAnswer,
  recordPatch,
} from "../../src/patch/index.ts";
import { Killed, type MemoryProject, memoryProject } from "./memory-project.ts";

const ANSWER = `#MULTICAT_START
# dir: .
# file: patch.diff
#MULTICAT_END
--- a/a.txt
+++ b/a.txt
@@ -1 +1 @@
-old
+new
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
#MULTICAT_START
# dir: ./deep/er
# file: made.txt
#MULTICAT_END
made
`;

const BEFORE = { "a.txt": "old\n", "gone.txt": "gone\n", "other.txt": "other\n" };
const AFTER = { "a.txt": "new\n", "deep/er/made.txt": "made\n", "other.txt": "other\n" };

/** A machine with a project and a store. Once it is dead, nothing more reaches either. */
interface Machine {
  readonly project: MemoryProject;
  readonly store: MemoryStore;
  isDead: boolean;
}

function machine(): Machine {
  return { project: memoryProject(BEFORE), store: memoryStore(), isDead: false };
}

/** A process on a machine, that is killed before so many steps, those of the log included. */
function process(
  on: Machine,
  killBefore = Infinity,
): { store: TransactionStore; sagas: Sagas; steps: () => number } {
  let steps = 0;
  on.isDead = false;
  const step = (): void => {
    steps += 1;
    if (steps > killBefore) on.isDead = true;
    if (on.isDead) throw new Killed();
  };
  on.project.before = step;
  const memory = on.store.reopen();
  const store: TransactionStore = {
    ...memory,
    append: async (...args) => {
      step();
      return memory.append(...args);
    },
    putArtifact: async (...args) => {
      step();
      return memory.putArtifact(...args);
    },
  };
  const clock = fakeClock(1_800_000_000_000);
  const timer = {
    until: async (atMs: number): Promise<void> => {
      clock.advance(Math.max(atMs - clock.now(), 0));
    },
  };
  const actions = projectActions({ store, project: () => on.project.files });
  const runner = "test";
  return {
    store,
    sagas: sagas({ store, clock, timer, random: () => 0, actions, graceMs: 1000, runner }),
    steps: () => steps,
  };
}

function texts(project: MemoryProject): Record<string, string> {
  const paths = Object.keys(project.picture());
  return Object.fromEntries(
    paths.flatMap((path) => {
      const text = project.text(path);
      return text === undefined ? [] : [[path, text]];
    }),
  );
}

/** @returns the transaction, unless the process died before it was there. */
async function apply(
  on: Machine,
  { store, sagas: engine }: ReturnType<typeof process>,
): Promise<{ readonly id: string | undefined; readonly view?: SagaView }> {
  let id: string | undefined;
  try {
    const checked = checkAnswer(readAnswer(ANSWER), on.project.files, { umask: 0o022 });
    id = await recordPatch({ store, clock: fakeClock(1_800_000_000_000), sagas: engine }, checked, {
      root: on.project.files.root,
      description: "apply",
      answer: ANSWER,
    });
    return { id, view: await engine.resume(id) };
  } catch (error) {
    if (!on.isDead) throw error;
    return { id };
  }
}

it("makes the changes as one transaction, and undoes them as another, to the last time and mode", async () => {
  const on = machine();
  const before = on.project.picture();
  const { id = "", view } = await apply(on, process(on));
  expect(view?.status).toBe("committed");
  expect(texts(on.project)).toEqual(AFTER);

  const undone = await process(on).sagas.undo(id);
  expect(undone.status).toBe("committed");
  expect(on.project.picture()).toEqual(before);
});

it("keeps every file as it was in the transaction before anything changes", async () => {
  const on = machine();
  const { store, sagas: engine } = process(on);
  const checked = checkAnswer(readAnswer(ANSWER), on.project.files, { umask: 0o022 });
  const before = on.project.picture();
  const id = await recordPatch({ store, clock: fakeClock(0), sagas: engine }, checked, {
    root: "/p",
    description: "apply",
    answer: ANSWER,
  });

  expect(on.project.picture()).toEqual(before);
  expect(await store.listArtifacts(id)).toEqual([
    "answer.md",
    "changes.diff",
    "files/0001.after",
    "files/0001.before",
    "files/0002.before",
    "files/0003.after",
  ]);
});

/** How many steps the whole takes, those of the log included. */
async function wholeLength(): Promise<number> {
  const on = machine();
  const counted = process(on);
  await apply(on, counted);
  return counted.steps();
}

describe("killed before any step", () => {
  it("the saga is carried on by another process", { timeout: 60_000 }, async () => {
    const all = await wholeLength();
    expect(all).toBeGreaterThan(30);
    for (let kill = 0; kill < all; kill += 1) {
      const box = machine();
      const { id } = await apply(box, process(box, kill));
      // what dies before its saga is defined has changed nothing
      const end = id && (await process(box).sagas.resume(id)).status;
      expect([end, texts(box.project)]).toEqual(
        id === undefined ? [undefined, BEFORE] : ["committed", AFTER],
      );
    }
  });

  it(
    "the saga is undone by another process, to the last time and mode",
    { timeout: 60_000 },
    async () => {
      const all = await wholeLength();
      for (let kill = 0; kill < all; kill += 1) {
        const box = machine();
        const start = box.project.picture();
        const { id } = await apply(box, process(box, kill));
        const { sagas: next } = process(box);
        const word = { by: "test", why: "" };
        const isOver = id === undefined || (await next.view(id)).status === "committed";
        const end = isOver ? "over" : (await next.rollback(id, word)).status;
        expect(["over", "rolled_back"]).toContain(end);
        expect(isOver && id !== undefined ? start : box.project.picture()).toEqual(start);
      }
    },
  );

  it("an undo is carried on by another process", { timeout: 60_000 }, async () => {
    for (let kill = 0; kill < 25; kill += 1) {
      const box = machine();
      const start = box.project.picture();
      const { id = "" } = await apply(box, process(box));
      await process(box, kill)
        .sagas.undo(id)
        .catch(() => undefined);
      const { status } = await process(box).sagas.undo(id);
      expect(status).toBe("committed");
      expect(box.project.picture()).toEqual(start);
    }
  });
});

describe("when somebody else changes a file", () => {
  it("before it is reached: theirs is kept, all others are put back", async () => {
    const on = machine();
    const first = process(on);
    const step = on.project.before;
    on.project.before = (name) => {
      if (name === "makeFolder") on.project.put("gone.txt", "theirs\n");
      step(name);
    };
    const { view } = await apply(on, first);

    expect(view).toMatchObject({
      status: "rolled_back",
      failure: { error: expect.stringContaining("gone.txt: somebody else") },
    });
    expect(texts(on.project)).toEqual({ ...BEFORE, "gone.txt": "theirs\n" });
  });

  it("after it was changed: undoing needs a person, and the others are put back", async () => {
    const on = machine();
    const { id = "" } = await apply(on, process(on));
    on.project.put("a.txt", "theirs\n");
    const undo = await process(on).sagas.undo(id);

    expect(undo).toMatchObject({ status: "attention", attention: [{ step: "file-1-a.txt" }] });
    expect(texts(on.project)).toEqual({ ...BEFORE, "a.txt": "theirs\n" });

    const last = process(on).sagas;
    on.project.put("a.txt", "new\n");
    await last.resolve(undo.id, { by: "test", why: "put right", how: "retry" });
    expect(await last.resume(undo.id)).toMatchObject({ status: "committed" });
    expect(texts(on.project)).toEqual(BEFORE);
  });

  it("a folder that was made is kept as long as something of theirs is in it", async () => {
    const on = machine();
    const { id = "" } = await apply(on, process(on));
    on.project.put("deep/theirs.txt", "theirs\n");
    const { status } = await process(on).sagas.undo(id);

    expect(status).toBe("committed");
    expect(texts(on.project)).toEqual({ ...BEFORE, "deep/theirs.txt": "theirs\n" });
    expect(Object.keys(on.project.picture())).not.toContain("deep/er");
  });
});

it("on a full disk everything is as it was", async () => {
  const on = machine();
  const start = on.project.picture();
  const first = process(on);
  const step = on.project.before;
  let writes = 0;
  on.project.before = (name) => {
    step(name);
    writes += name === "write" ? 1 : 0;
    if (name === "write" && writes === 2)
      throw Object.assign(new Error("ENOSPC: full"), { code: "ENOSPC" });
  };
  const { view } = await apply(on, first);
  expect(view).toMatchObject({
    status: "rolled_back",
    failure: { error: expect.stringContaining("ENOSPC") },
  });
  expect(on.project.picture()).toEqual(start);
});

it("a file that may have been changed when its step failed is put back, too", async () => {
  const on = machine();
  const start = on.project.picture();
  const first = process(on);
  const step = on.project.before;
  let hasFailed = false;
  on.project.before = (name) => {
    step(name);
    if (name !== "flush" || hasFailed || on.project.text("a.txt") !== "new\n") return;
    hasFailed = true;
    throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  };
  const { view } = await apply(on, first);
  expect(view).toMatchObject({ status: "rolled_back", failure: { step: "file-1-a.txt" } });
  expect(on.project.picture()).toEqual(start);
});

it("a kept file that is gone or not what it was needs a person", async () => {
  const on = machine();
  const { id = "" } = await apply(on, process(on));
  await on.store.putArtifact(id, "files/0001.before", new TextEncoder().encode("something\n"));
  const undo = await process(on).sagas.undo(id);
  expect(undo.status).toBe("attention");
  expect(undo.attention[0]?.reason).toContain("files/0001.before");
  expect(on.project.text("a.txt")).toBe("new\n");
});

it("the names of the actions are those that old transactions have", () => {
  expect(PROJECT_ACTIONS).toEqual({
    makeFolder: "project.make-folder",
    removeFolder: "project.remove-folder",
    changeFile: "project.change-file",
    restoreFile: "project.restore-file",
  });
});
