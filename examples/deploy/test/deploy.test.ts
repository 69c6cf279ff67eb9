import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hasSshd, startFarMachine } from "@tetra/test-sshd";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, it } from "vitest";

const TIMEOUT_MS = 60_000;
const SCRIPT = join(import.meta.dirname, "../deploy.js");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "example-deploy-"));
});
afterEach(() => rmSync(root, { recursive: true }));

interface Demo {
  readonly child: ChildProcess;
  readonly output: () => string;
}

interface DemoOptions {
  readonly target?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function startDemo({ target, env = {} }: DemoOptions = {}): Demo {
  const args = target === undefined ? [] : [target];
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    env: { ...process.env, ...env, TETRA_DIR: root },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return { child, output: () => output };
}

async function endOf({ child, output }: Demo): Promise<{ status: unknown; output: string }> {
  const [status]: unknown[] = await once(child, "close");
  return { status, output: output() };
}

async function printed(demo: Demo, text: string): Promise<void> {
  while (!demo.output().includes(text)) await once(demo.child.stdout ?? demo.child, "data");
}

interface State {
  readonly description: string;
  readonly stage: string;
  readonly target: string;
  readonly last_error: string | null;
}

function states(): readonly State[] {
  const folder = join(root, "ttm/txns");
  return readdirSync(folder)
    .filter((name) => name.startsWith("deploy-hello"))
    .toSorted()
    .map((id): State => JSON.parse(readFileSync(join(folder, id, "state.json"), "utf8")));
}

const isRunning = (pid: string): boolean => readdirSync("/proc").includes(pid);
const servicesIn = (output: string): readonly string[] =>
  [...output.matchAll(/process (\d+) listens/g)].map(([, pid = ""]) => pid);

/** Whether somebody still listens at the addresses that were printed. */
async function anyAnswers(output: string): Promise<boolean> {
  const urls = [...output.matchAll(/listens at (\S+)/g)].map(([, url = ""]) => url);
  const answers = await Promise.allSettled(urls.map((url) => fetch(url)));
  return answers.some(({ status }) => status === "fulfilled");
}

it(
  "commits a healthy version, undoes one that is not, and leaves no process",
  async () => {
    const { status, output } = await endOf(startDemo());

    expect(output).toContain('VALIDATE  GET /health → 200 {"status":"ok","version":"1.0.0"}');
    expect(output).toContain("VALIDATE  GET /health → 503");
    expect(output).toMatch(/Still serving: 200 .*\(version 1\.0\.0\)/);
    expect(status).toBe(0);
    expect(states()).toMatchObject([
      { description: "deploy hello 1.0.0", stage: "DONE", last_error: null },
      { description: "deploy hello 2.0.0", stage: "FAIL" },
    ]);
    expect(readlinkSync(join(root, "hello/current"))).toMatch(/^releases\/deploy-hello-1-0-0-/);
    expect(servicesIn(output)).toHaveLength(2);
    expect(servicesIn(output).filter(isRunning)).toEqual([]);
    expect(await anyAnswers(output)).toBe(false);
  },
  TIMEOUT_MS,
);

it(
  "can run again, and twice at once, in one folder",
  async () => {
    const ends = [await endOf(startDemo())];
    ends.push(...(await Promise.all([endOf(startDemo()), endOf(startDemo())])));

    expect(ends.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(states().map(({ stage }) => stage)).toEqual([
      "DONE",
      "DONE",
      "DONE",
      "FAIL",
      "FAIL",
      "FAIL",
    ]);
    expect(ends.flatMap(({ output }) => servicesIn(output)).filter(isRunning)).toEqual([]);
  },
  TIMEOUT_MS,
);

it.each(["SIGINT", "SIGTERM"] as const)(
  "on %s puts everything back, fails the transaction with the reason, and leaves no process",
  async (signal) => {
    const demo = startDemo();
    await printed(demo, "listens at");
    demo.child.kill(signal);
    const { status, output } = await endOf(demo);

    expect(status).toBe(130);
    expect(states().at(-1)).toMatchObject({
      stage: "FAIL",
      last_error: `interrupted by ${signal}`,
    });
    expect(servicesIn(output).filter(isRunning)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  "takes its service along when it is killed",
  async () => {
    const demo = startDemo();
    await printed(demo, "listens at");
    demo.child.kill("SIGKILL");
    await endOf(demo);

    // not asked by pid: who reaps an orphan, and when, is not ours to say
    await expect.poll(() => anyAnswers(demo.output()), { timeout: 10_000 }).toBe(false);
  },
  TIMEOUT_MS,
);

it.skipIf(!hasSshd)(
  "deploys to an ssh target as well, and leaves no process there (needs sshd)",
  async () => {
    const far = await startFarMachine();
    try {
      mkdirSync(join(root, "ttm"));
      const topology = { "@staging": { type: "ssh", host: "web1" } };
      writeFileSync(join(root, "ttm/topology.json"), JSON.stringify(topology));
      const { status, output } = await endOf(startDemo({ target: "@staging", env: far.env }));

      expect(output).toContain("ASSEMBLE  @staging → web1");
      expect(output).toContain('VALIDATE  GET /health → 200 {"status":"ok","version":"1.0.0"}');
      expect(output).toContain("VALIDATE  GET /health → 503");
      expect(output).toMatch(/Still serving: 200 .*\(version 1\.0\.0\)/);
      expect(status).toBe(0);
      expect(states()).toMatchObject([
        { target: "@staging", stage: "DONE" },
        { target: "@staging", stage: "FAIL" },
      ]);
      const current = readlinkSync(join(far.home, "hello/current"));
      expect(current).toMatch(/^releases\/deploy-hello-1-0-0-/);
      await expect.poll(() => anyAnswers(output), { timeout: 10_000 }).toBe(false);
    } finally {
      await far.stop();
    }
  },
  TIMEOUT_MS,
);
