import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";

const TIMEOUT_MS = 60_000;
const EXAMPLE = join(import.meta.dirname, "..");
const PROGRAMS = join(EXAMPLE, "../../bin");
const FILES = ["backup.sh", "deploy.sh", "hello", "hello.conf", "broken.conf"];

const has = (name: string): boolean => spawnSync(name, ["--version"]).error === undefined;
const hasJq = has("jq");
const hasZsh = has("zsh");

const SHELLS = [
  { name: "bash (needs jq)", line: ["bash"], there: hasJq },
  { name: "bash -e (needs jq)", line: ["bash", "-e"], there: hasJq },
  { name: "zsh (needs zsh) (needs jq)", line: ["zsh"], there: hasZsh && hasJq },
  { name: "zsh -e (needs zsh) (needs jq)", line: ["zsh", "-e"], there: hasZsh && hasJq },
] as const;

interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home with the example in it, and a link where the original was. */
interface Home {
  readonly folder: string;
  /** TETRA_DIR. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly run: (line: readonly string[]) => Promise<Finished>;
}

function home(): Home {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "example shell scripts ")));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of FILES) cpSync(join(EXAMPLE, name), join(folder, name), { recursive: true });
  const root = join(folder, ".tetra");
  const env = {
    PATH: `${PROGRAMS}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    TETRA_DIR: root,
    TETRA_SRC: join(folder, "tetra"),
  };
  return {
    folder,
    root,
    env,
    run: ([program = "", ...args]) =>
      new Promise((resolve) => {
        const child = execFile(program, args, { cwd: folder, env }, (_error, stdout, stderr) =>
          resolve({ status: child.exitCode ?? -1, stdout, stderr }),
        );
      }),
  };
}

/** The same with the link, an archive to deploy, and a release that is deployed already. */
function linkedHome(): Home & { readonly releases: string } {
  const made = home();
  const place = join(made.folder, "tetra/bash/ttm/ttm.sh");
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(EXAMPLE, "../../apps/ttm/dist/shell/ttm.sh"), place);
  spawnSync("tar", ["-czf", "hello.tar.gz", "-C", "hello", "."], { cwd: made.folder });
  const releases = join(made.root, "hello");
  mkdirSync(join(releases, "old"), { recursive: true });
  symlinkSync("old", join(releases, "current"));
  return { ...made, releases };
}

interface Deployed {
  readonly id: string;
  readonly state: Readonly<Record<string, unknown>>;
  /** The events of the log: each one's name, and the stage of a move. */
  readonly events: readonly string[];
}

/** The only transaction there is. */
function transaction(box: Home): Deployed {
  const [only, ...others] = transactions(box);
  if (only === undefined || others.length > 0) throw new Error("not one transaction");
  return only;
}

function transactions({ root }: Home): readonly Deployed[] {
  const folder = join(root, "ttm/txns");
  return readdirSync(folder)
    .filter((name) => name !== "active" && !name.startsWith("."))
    .map((id) => ({
      id,
      state: JSON.parse(readFileSync(join(folder, id, "state.json"), "utf8")),
      events: readFileSync(join(folder, id, "events.ndjson"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .map(({ event, to }) => (event === "stage_transition" ? `→ ${to}` : event)),
    }));
}

const DEPLOY = ["./deploy.sh", "hello.tar.gz"] as const;
const UNTIL_EXECUTE = [
  "txn_start",
  "→ SELECT",
  "evidence_added",
  "evidence_added",
  "→ ASSEMBLE",
  "tes_resolved",
  "→ EXECUTE",
];

describe.each(SHELLS)("$name", ({ line, there }) => {
  describe.skipIf(!there)("runs the scripts as they are", { timeout: TIMEOUT_MS }, () => {
    it("backs up", async () => {
      const box = linkedHome();

      const { status, stdout, stderr } = await box.run([...line, "./backup.sh", "hello"]);

      const { id, state } = transaction(box);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout.split("\n")).toEqual([
        "Transaction transitioned: NEW → EXECUTE",
        "Transaction transitioned: EXECUTE → VALIDATE",
        "Transaction transitioned: VALIDATE → DONE",
        `Transaction committed: ${id}`,
        "",
      ]);
      expect(state).toMatchObject({ description: "backup hello", stage: "DONE", agent: "cron" });
      expect(existsSync(String(state["archive"]))).toBe(true);
    });

    it("says that a backup failed", async () => {
      const box = linkedHome();

      const { status, stderr } = await box.run([...line, "./backup.sh", "not there"]);

      const { id, state } = transaction(box);
      expect(status).toBe(1);
      expect(stderr).toContain(`Transaction failed: ${id} - tar failed\n`);
      expect(state).toMatchObject({ stage: "FAIL", last_error: "tar failed" });
    });

    it("deploys", async () => {
      const box = linkedHome();

      const { status, stdout, stderr } = await box.run([...line, ...DEPLOY, "hello.conf"]);

      const { id, state, events } = transaction(box);
      const context = join(box.root, "ttm/txns", id, "ctx");
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout.split("\n")).toEqual([
        "Transaction transitioned: NEW → SELECT",
        "Added context: 100_archive.tar.gz",
        "Added context: 110_config.conf",
        "Transaction transitioned: SELECT → ASSEMBLE",
        "Evidence variables initialized: 2 file(s)",
        `  $e1 = ${context}/100_archive.tar.gz`,
        `  $e2 = ${context}/110_config.conf`,
        "TES resolved: @local → localhost",
        "Transaction transitioned: ASSEMBLE → EXECUTE",
        "2 files for localhost",
        "Transaction transitioned: EXECUTE → VALIDATE",
        "Transaction transitioned: VALIDATE → DONE",
        `Transaction committed: ${id}`,
        "",
      ]);
      expect(state).toMatchObject({ stage: "DONE", tes_plan: "localhost" });
      expect(events).toEqual([...UNTIL_EXECUTE, "→ VALIDATE", "txn_commit", "→ DONE"]);
      expect(readlinkSync(join(box.releases, "current"))).toBe(id);
    });

    it("keeps the old release when the new one is not well", async () => {
      const box = linkedHome();

      const { status, stderr } = await box.run([...line, ...DEPLOY, "broken.conf"]);

      const { id, state } = transaction(box);
      expect(status).toBe(1);
      expect(stderr).toBe(`Transaction failed: ${id} - health check failed\n`);
      expect(state).toMatchObject({ stage: "FAIL", last_error: "health check failed" });
      expect(readlinkSync(join(box.releases, "current"))).toBe("old");
    });

    it("stops where something is not there", async () => {
      const box = linkedHome();

      const { status, stderr } = await box.run([...line, ...DEPLOY, "gone.conf"]);

      const { state, events } = transaction(box);
      expect(status).toBe(1);
      expect(stderr).toBe("Error: Source file not found: gone.conf\n");
      expect(state).toMatchObject({ stage: "SELECT" });
      expect(events).toEqual(["txn_start", "→ SELECT", "evidence_added"]);
    });
  });
});

/** What each line that a deploy prints acknowledges, in order. */
const ACKNOWLEDGED: readonly (readonly [line: string, event: string])[] = [
  ["NEW → SELECT", "→ SELECT"],
  ["Added context: 100", "evidence_added"],
  ["Added context: 110", "evidence_added"],
  ["SELECT → ASSEMBLE", "→ ASSEMBLE"],
  ["TES resolved", "tes_resolved"],
  ["ASSEMBLE → EXECUTE", "→ EXECUTE"],
  ["EXECUTE → VALIDATE", "→ VALIDATE"],
];

describe.each([
  { name: "bash (needs jq)", shell: "bash", there: hasJq },
  { name: "zsh (needs zsh) (needs jq)", shell: "zsh", there: hasZsh && hasJq },
])("$name", ({ shell, there }) => {
  describe.skipIf(!there)("killed with SIGKILL", { timeout: TIMEOUT_MS }, () => {
    it.each(ACKNOWLEDGED.map(([line], at) => [line, at] as const))(
      "after it said %j it has left all it said, and can be ended and begun again",
      async (wanted, at) => {
        const box = linkedHome();
        const child = spawn(shell, [...DEPLOY, "hello.conf"], { cwd: box.folder, env: box.env });
        const said = createInterface({ input: child.stdout });
        said.on("line", (line) => {
          if (line.includes(wanted)) child.kill("SIGKILL");
        });
        await once(child, "exit");
        said.close();

        const { id, events } = transaction(box);
        const acknowledged = ACKNOWLEDGED.slice(0, at + 1).map(([, event]) => event);
        expect(events.slice(0, at + 2)).toEqual(["txn_start", ...acknowledged]);
        const recovered = await box.run(["ttm", "fail", id, "killed"]);
        const again = await box.run([shell, ...DEPLOY, "hello.conf"]);

        expect({ recovered: recovered.status, again: again.status }).toEqual({
          recovered: 0,
          again: 0,
        });
        expect(transactions(box).map(({ state }) => state["stage"])).toEqual(["FAIL", "DONE"]);
      },
    );
  });
});

it.skipIf(!hasZsh || !hasJq)(
  "the commands of the README work (needs zsh) (needs jq)",
  async () => {
    const box = home();
    const blocks = readFileSync(join(EXAMPLE, "README.md"), "utf8").matchAll(/```sh\n(.*?)```/gs);
    const commands = [...blocks].map(([, text = ""]) => text).join("");
    writeFileSync(join(box.folder, "all.sh"), `set -e\n${commands}`);

    const { status, stdout, stderr } = await box.run(["bash", "all.sh"]);

    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/^Transaction failed: \S+ - health check failed\n$/),
    });
    expect(stdout.match(/^hello, world$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^Stage: FAIL$/m);
    expect(stdout).toContain("2 files for staging.local");
    const stages = transactions(box).map(({ state }) => String(state["stage"]));
    expect(stages.toSorted((a, b) => a.localeCompare(b))).toEqual(["DONE", "DONE", "DONE", "FAIL"]);
  },
  TIMEOUT_MS,
);
