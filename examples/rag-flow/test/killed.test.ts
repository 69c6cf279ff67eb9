import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, renameSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  BASH,
  contentsIn,
  EXAMPLE,
  filesIn,
  hasJq,
  type Home,
  linkedHome,
  textOf,
  TIMEOUT_MS,
  ZSH,
} from "./home.ts";

/** What the README says that carries on, and what it says that takes back. */
const [CARRY_ON = "", TAKE_BACK = ""] = [
  ...textOf(EXAMPLE, "README.md").matchAll(/```bash\n(.*?)```/gs),
].map(([, text = ""]) => text);
const [SOURCE = ""] = /^source .*\n/.exec(CARRY_ON) ?? [];

/** The project as the first answer wants it. */
const APPLIED = {
  ...contentsIn(join(EXAMPLE, "project")),
  "CHANGES.md": textOf(EXAMPLE, "project/CHANGES.md").replace(
    "\n\n",
    "\n\n- The last page is counted.\n",
  ),
  docs: "",
  "docs/decisions": "",
  "docs/decisions/pages.md":
    "# How pages are counted\n\nThe full ones, and one for what is left over.\n",
  "src/pages.js": textOf(EXAMPLE, "project/src/pages.js").replace("size);", "size) + 1;"),
};

/** How often a name in the project changes while that answer is applied. */
const CHANGES = 9;

const KILLED = [
  ...Array.from({ length: CHANGES }, (_, at) => ({ at: at + 1, ...BASH })),
  { at: 5, ...ZSH },
].filter(({ there }) => there);

/** Runs the script, and kills it and its helper right before the helper changes the nth name in the project. */
async function killedBefore(box: Home, at: number, shell: string): Promise<void> {
  const held = join(box.folder, "held");
  mkdirSync(held);
  const watcher = watch(held);
  const env = {
    ...box.env,
    NODE_OPTIONS: `--require "${join(import.meta.dirname, "holding.cjs")}"`,
    HELD_AT: String(at),
    HELD_FILE: join(held, "helper"),
    HELD_PROJECT: box.project,
  };
  const script = spawn(shell, ["../example/flow.sh"], { cwd: box.project, env, stdio: "ignore" });
  const ended = once(script, "exit");
  await Promise.race([once(watcher, "change"), ended]);
  watcher.close();
  const helper = await vi.waitFor(() => pidIn(held));
  script.kill("SIGKILL");
  process.kill(helper, "SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
  await vi.waitFor(() => expect(isAlive(helper)).toBe(false));
}

function pidIn(held: string): number {
  const pid = Number(textOf(held, "helper"));
  if (pid === 0) throw new Error("not written yet");
  return pid;
}

function isAlive(pid: number): boolean {
  return (
    spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.match(
      /^[^Z\n]/,
    ) !== null
  );
}

/** A copy of the home that can take its place: what is recorded names its paths. */
function savedAside({ folder }: Home): { readonly putBack: () => void } {
  const copy = `${folder} saved`;
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  spawnSync("cp", ["-a", folder, copy]);
  return {
    putBack() {
      rmSync(folder, { recursive: true });
      renameSync(copy, folder);
    },
  };
}

describe.skipIf(!hasJq)("killed with SIGKILL while files are changed (needs jq)", () => {
  it.each(KILLED)(
    "before change $at, in $name, it is carried on and undone, or taken back, exactly",
    async ({ at, shell }) => {
      const box = linkedHome();
      onTestFinished(() => rmSync(box.folder, { recursive: true }));
      const before = filesIn(box.project);
      await killedBefore(box, at, shell);
      const left = filesIn(box.project);
      const saved = savedAside(box);

      const carriedOn = await box.run([shell, "-c", CARRY_ON]);
      const applied = contentsIn(box.project);
      const [, undo = ""] = /^Undo: (.*)$/m.exec(carriedOn.stdout) ?? [];
      const undone = await box.run([shell, "-c", `${SOURCE}${undo}`]);
      const afterUndo = filesIn(box.project);
      saved.putBack();
      expect(filesIn(box.project)).toEqual(left);
      const takenBack = await box.run([shell, "-c", TAKE_BACK]);

      expect(carriedOn).toMatchObject({ status: 0, stderr: "" });
      expect(carriedOn.stdout).toContain("note: carried on what was begun: apply-");
      expect(applied).toEqual(APPLIED);
      expect(undone.status).toBe(0);
      expect(afterUndo).toEqual(before);
      expect(takenBack).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/\nSaga rolled back: apply-/),
      });
      expect(filesIn(box.project)).toEqual(before);
    },
    TIMEOUT_MS,
  );
});
