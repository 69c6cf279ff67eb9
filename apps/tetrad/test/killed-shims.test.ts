import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { type Box, specOf, tetradBox } from "./tetrad-box.ts";

// generous, for a busy machine; without a word from the kernel it would be minutes
const SOON = { timeout: 20_000, interval: 5 };
const ROUNDS = 50;
vi.setConfig({ testTimeout: ROUNDS * SOON.timeout });

const pipeOf = ({ folder }: Box, name: string): string =>
  join(folder, "runtime/processes", name, "runs/alive");

/** The processes that have a pipe open. */
function holdersOf(path: string): readonly number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^[0-9]+$/.test(pid)) return [];
    try {
      const fds = readdirSync(`/proc/${pid}/fd`);
      return fds.some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path) ? [Number(pid)] : [];
    } catch {
      return []; // it has just ended
    }
  });
}

/** How many run this command for a service of this box; one that has noted its pid may be on its way there. */
function copiesOf({ root }: Box, command: string): number {
  return readdirSync("/proc").filter((pid) => {
    if (!/^[0-9]+$/.test(pid)) return false;
    try {
      const isIt =
        readFileSync(`/proc/${pid}/cmdline`, "utf8") === `${command.replaceAll(" ", "\0")}\0`;
      return isIt && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`BOX=${root}\0`);
    } catch {
      return false; // it has just ended
    }
  }).length;
}

/** What the history says of a service's ends, each with its generation. */
const endsOf = (box: Box): readonly Readonly<Record<string, unknown>>[] =>
  box.history().filter(({ event }) => event === "ended");

/** Kills shim and command of a run at once, and waits for the next run. */
async function killBoth(box: Box, name: string): Promise<void> {
  const { meta, observed } = box.services.observe(name);
  for (const victim of [observed.shim, observed.main]) process.kill(victim?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => {
    const now = box.services.observe(name);
    expect(now.meta.generation).toBe(meta.generation + 1);
    expect(now.observed.state).toBe("online");
    // only with its shim noted can both be killed again
    expect(now.observed.shim).toBeDefined();
  }, SOON);
}

const inBox = ({ root }: Box) => ({
  environment: { PATH: process.env["PATH"] ?? "", BOX: root },
});

it("restarts at once what is killed together with its shim, fifty times in a row, and never twice", async () => {
  const box = tetradBox();
  await box.tetrad("start");
  await box.services.start(specOf("web", ["sleep", "7654"], inBox(box)));

  for (let round = 1; round <= ROUNDS; round += 1) {
    await killBoth(box, "web");
    await expect.poll(() => copiesOf(box, "sleep 7654"), SOON).toBe(1);
  }

  const ends = endsOf(box);
  const unseen = {
    code: null,
    signal: null,
    reason: expect.stringContaining("its shim was killed"),
  };
  expect(ends.map(({ generation }) => generation)).toEqual(
    Array.from({ length: ROUNDS }, (_, index) => index + 1),
  );
  for (const end of ends) expect(end).toMatchObject(unseen);
});

it("does so for what it has adopted", async () => {
  const box = tetradBox();
  await box.services.start(specOf("web", ["sleep", "7655"], inBox(box)));
  await box.tetrad("start");
  process.kill(await box.pid(), "SIGKILL");
  await box.tetrad("start");

  await killBoth(box, "web");

  await expect.poll(() => copiesOf(box, "sleep 7655"), SOON).toBe(1);
});

it("does so without its pipe too, if later", async () => {
  const box = tetradBox();
  await box.services.start(specOf("web", ["sleep", "7656"], inBox(box)));
  rmSync(pipeOf(box, "web"));
  await box.tetrad("start");

  await killBoth(box, "web");

  await expect.poll(() => copiesOf(box, "sleep 7656"), SOON).toBe(1);
});

it("only the shim and the daemon have the pipe, and the daemon gives it back", async () => {
  const box = tetradBox();
  await box.tetrad("start");
  const daemon = await box.pid();
  const { observed } = await box.services.start(specOf("web", ["sleep", "7657"], inBox(box)));
  const path = pipeOf(box, "web");

  await vi.waitFor(() => {
    expect(new Set(holdersOf(path))).toEqual(new Set([daemon, observed.shim?.pid]));
  }, SOON);
  process.kill(observed.shim?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(holdersOf(path)).toEqual([]), SOON);
  expect(box.services.observe("web").observed).toMatchObject({ state: "online", shimLost: true });
  await box.services.stop("web");
  await box.services.start(specOf("web", ["sleep", "7657"], inBox(box)));
  await vi.waitFor(() => expect(holdersOf(path)).toContain(daemon), SOON);
  await box.services.remove("web");
  await vi.waitFor(() => {
    const open = readdirSync(`/proc/${daemon}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${daemon}/fd/${fd}`);
      } catch {
        return ""; // it has just been closed
      }
    });
    expect(open.filter((each) => each.includes("runs/alive"))).toEqual([]);
  }, SOON);
});

it("finishes what a starter began who was killed before he could run anything", async () => {
  const box = tetradBox();
  await box.services.start(specOf("web", ["sleep", "7658"], inBox(box)));
  await box.services.stop("web");
  await box.tetrad("start");
  const starter = spawn(
    process.execPath,
    [join(import.meta.dirname, "fixtures/half-start.mjs"), box.folder, "web"],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  expect((await once(starter, "exit"))[1]).toBe("SIGKILL");

  await vi.waitFor(() => {
    const { meta, observed } = box.services.observe("web");
    // the second was only written down
    expect([meta.generation, observed.state]).toEqual([3, "online"]);
  }, SOON);
  await expect.poll(() => copiesOf(box, "sleep 7658"), SOON).toBe(1);
  expect(endsOf(box).at(-1)).toMatchObject({
    generation: 2,
    code: null,
    signal: null,
    reason: expect.stringContaining("interrupted"),
  });
});
