import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type Supervised, supervised, until } from "./supervised.ts";

const MEBI = 1024 ** 2;
const WRITTEN = 100_000_000;

function countOf(path: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(readFileSync(path, "utf8"))?.[1]);
}

/** Bytes that a process has in memory, and that it had read. */
function costs(pid: number): { readonly resident: number; readonly read: number } {
  return {
    resident: countOf(`/proc/${pid}/status`, "VmRSS") * 1024,
    read: countOf(`/proc/${pid}/io`, "rchar"),
  };
}

/** How often all threads of a process began to wait. */
function waits(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => countOf(`/proc/${pid}/task/${thread}/status`, "voluntary_ctxt_switches"))
    .reduce((sum, count) => sum + count, 0);
}

/** A daemon, what it had cost before a service wrote 100 MB, and that service's name. */
interface Flood {
  readonly pid: number;
  readonly before: ReturnType<typeof costs>;
  readonly name: string;
}

/** Lets a service write 100 MB as fast as it can. */
async function flood(box: Supervised, policy: string): Promise<Flood> {
  const program = `yes ${"x".repeat(99)} | head -c ${WRITTEN}; exec sleep 1000\n`;
  writeFileSync(join(box.work, "write.sh"), program);
  await box.ok("setup");
  writeFileSync(
    join(box.root, "tsm/services-available/loud.tsm"),
    `TSM_NAME=loud\nTSM_COMMAND="sh write.sh"\nTSM_ENV=none\nTSM_CWD="${box.work}"\n${policy}`,
    { mode: 0o700 },
  );
  const pid = await box.startDaemon();
  const before = costs(pid);
  const { name } = Object(await box.json("start", "loud")).data;
  return { pid, before, name };
}

it("no log byte passes through the daemon, and it does not grow, while a service writes 100 MB", async () => {
  const box = supervised();
  const { pid, before, name } = await flood(box, "TSM_LOG_MAX_SIZE=1G\n");
  await until(() => statSync(box.fileOf(name, "current.out")).size === WRITTEN);
  await box.tetrad("status");
  const after = costs(pid);

  // what it reads is the journal, meta.json and /proc
  expect(after.read - before.read).toBeLessThan(WRITTEN / 200);
  expect(after.resident - before.resident).toBeLessThan(24 * MEBI);
});

it("rotation lets the system copy what is archived: once, and without growing the daemon", async () => {
  const box = supervised();
  const { pid, before, name } = await flood(box, "");
  // at least 80 of the 100 MB are archived or gone, and the rest is below what is rotated
  const folder = box.fileOf(name, "logs");
  const archived = (): number =>
    Math.max(
      0,
      ...readdirSync(folder).map((file) => Number(/^out\.\d+-(\d+)\..*\.log/.exec(file)?.[1] ?? 0)),
    );
  await until(() => archived() > 0.8 * WRITTEN || `${archived()} bytes are archived`);
  const after = costs(pid);

  // the kernel counts what it copies for the daemon as read by it: each byte at most once
  expect(after.read - before.read).toBeLessThan(1.1 * WRITTEN);
  expect(after.resident - before.resident).toBeLessThan(40 * MEBI);
});

it("the daemon sleeps while nothing happens, however many services it looks after", async () => {
  const box = supervised();
  const names = Array.from({ length: 20 }, (_, number) => `n${number}`);
  await box.ok("setup");
  const services = names.map((name) => `  ${name}: { command: sleep infinity, restart: always }\n`);
  writeFileSync(join(box.work, "tsm.yaml"), `services:\n${services.join("")}`);
  await box.ok("up");
  const pid = await box.startDaemon();
  const waitsWithin = async (ms: number): Promise<number> => {
    const before = waits(pid);
    await sleep(ms);
    return waits(pid) - before;
  };
  // what a start brings about is over after some seconds: logs are looked at, memory is given back
  let waited = Infinity;
  await until(async () => {
    waited = await waitsWithin(3000);
    return waited < 6 || `it woke up ${waited} times in 3 s`;
  });

  expect(waited).toBeLessThan(6);
});
