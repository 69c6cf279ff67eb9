import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { isTetraError } from "@tetra/errors";
import { fallocateCutter } from "../src/logs/cut-range.ts";
import { collect, logFolder, numbered, SMALL, texts } from "./log-folder.ts";
import { PATIENCE_MS, refusal } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const canCollapse = canCut("--collapse-range", tmpdir());
const MEMORY = "/dev/shm";
const canPunch = existsSync(MEMORY) && canCut("--punch-hole", MEMORY);

/** Whether `fallocate` can cut so in a folder. */
function canCut(how: string, folder: string): boolean {
  const home = mkdtempSync(join(folder, "tsm-cut-"));
  const file = join(home, "file");
  writeFileSync(file, Buffer.alloc(8193, "x"));
  const { status } = spawnSync("fallocate", [how, "-o", "0", "-l", "4096", file]);
  rmSync(home, { recursive: true });
  return status === 0;
}

it.skipIf(!canCollapse)(
  "a log that is too long is archived, and the file goes on with the rest (needs fallocate)",
  async () => {
    const { logs, write, out, names } = logFolder();
    write(numbered(0, 150));

    const report = await logs.rotateIfDue("web", SMALL);

    expect(report.rotated).toEqual([{ stream: "out", bytes: 12_288, how: "collapse" }]);
    expect(statSync(out).size).toBe(15_000 - 12_288);
    expect(names()).toEqual([
      "index.ndjson",
      "lock",
      expect.stringMatching(/^out\.0{15}-000000000012288\.\d{8}T\d{6}Z\.log$/),
      "rotate.out.json",
    ]);
    write(numbered(150, 1));
    expect((await texts(logs.read("web", { lines: 1000 }))).join("\n")).toBe(
      numbered(0, 151).trimEnd(),
    );
  },
);

it.skipIf(!canPunch)(
  "where only holes can be made, the file keeps its place and frees its space (needs fallocate)",
  async () => {
    const folder = mkdtempSync(join(MEMORY, "tsm-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { logs, write, out } = logFolder({ folder });
    for (let round = 0; round < 4; round += 1) {
      write(numbered(round * 200, 200));
      expect((await logs.rotateIfDue("web", SMALL)).rotated).toMatchObject([{ how: "punch" }]);
    }

    expect(statSync(out).size).toBe(80_000);
    expect(statSync(out).blocks * 512).toBeLessThanOrEqual(4096);
    expect((await texts(logs.read("web", { lines: 1000 }))).join("\n")).toBe(
      numbered(0, 800).trimEnd(),
    );
  },
);

it("without a program that cuts, the file is copied and emptied", async () => {
  const { logs, write, out } = logFolder({ cutter: fallocateCutter("linux", "/no/such/program") });
  for (let round = 0; round < 3; round += 1) {
    write(numbered(round * 200, 200));
    expect((await logs.rotateIfDue("web", SMALL)).rotated).toMatchObject([{ how: "truncate" }]);
    expect(statSync(out).size).toBe(0);
  }

  expect((await texts(logs.read("web", { lines: 1000 }))).join("\n")).toBe(
    numbered(0, 600).trimEnd(),
  );
});

it("archives are compressed but the newest, and read like the rest", async () => {
  const { logs, write, names } = logFolder();
  for (let round = 0; round < 4; round += 1) {
    write(numbered(round * 200, 200));
    await logs.rotateIfDue("web", { ...SMALL, compress: true });
  }
  await logs.settled();

  const archives = names().filter((name) => name.startsWith("out."));
  expect(archives.map((name) => name.endsWith(".gz"))).toEqual([true, true, true, false]);
  expect((await texts(logs.read("web", { lines: 1000 }))).join("\n")).toBe(
    numbered(0, 800).trimEnd(),
  );
  const [first] = await texts(logs.read("web", { lines: 750 }));
  expect(first).toBe(numbered(50, 1).trimEnd());
  const found = await texts(logs.read("web", { grep: "^0000001[0-9]5", lines: 3 }));
  expect(found.map((line) => line.slice(0, 9))).toEqual(["000000175", "000000185", "000000195"]);
});

it("so many archives are kept, and what is read begins with the oldest of them", async () => {
  const { logs, write, names } = logFolder();
  for (let round = 0; round < 5; round += 1) {
    write(numbered(round * 200, 200));
    await logs.rotateIfDue("web", { ...SMALL, keep: 2 });
  }

  expect(names().filter((name) => name.startsWith("out."))).toHaveLength(2);
  const [torn, first, ...rest] = await collect(logs.read("web", { lines: 10_000 }));
  expect(torn).toMatchObject({ continues: true });
  expect(first).toMatchObject({ continues: false });
  expect(rest.at(-1)?.bytes.length).toBe(99);
});

it("a log is archived for its age, too: that of its oldest line, or since it was last archived", async () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const clock = { now: () => nowMs, sleep: async () => {} };
  const { logs, write } = logFolder({ clock });
  const policy = { ...SMALL, maxBytes: 0, maxAgeMs: 3_600_000 };
  write(numbered(0, 100));

  expect((await logs.rotateIfDue("web", policy)).rotated).toEqual([]);
  nowMs += 3_599_000;
  expect((await logs.rotateIfDue("web", policy)).rotated).toEqual([]);
  nowMs += 1000;
  expect((await logs.rotateIfDue("web", policy)).rotated).toMatchObject([{ bytes: 8192 }]);
  nowMs += 1000;
  write(numbered(100, 100));
  expect((await logs.rotateIfDue("web", policy)).rotated).toEqual([]);
});

it("the oldest archives of all services go when there is too much", async () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const clock = { now: () => nowMs, sleep: async () => {} };
  const { logs, folder, write, names } = logFolder({ clock });
  mkdirSync(join(folder, "runtime/processes/other"));
  writeFileSync(join(folder, "runtime/processes/other/current.out"), numbered(0, 200));
  await logs.rotateIfDue("other", SMALL);
  for (let round = 0; round < 3; round += 1) {
    nowMs += 60_000;
    write(numbered(round * 200, 200));
    await logs.rotateIfDue("web", SMALL);
  }

  const { removed, bytes, disk } = logs.capTotal(50_000);

  expect(removed).toHaveLength(2);
  expect(removed[0]).toContain("other/logs/out.");
  expect(bytes).toBeLessThanOrEqual(50_000);
  expect(disk.freeBytes).toBeGreaterThan(0);
  expect(names().filter((name) => name.startsWith("out."))).toHaveLength(2);
  expect(logs.capTotal(50_000).removed).toEqual([]);
});

it("two that rotate at once: one does, the other is told", async () => {
  const { logs, write } = logFolder();
  write(numbered(0, 1000));

  const reports = await Promise.all([
    logs.rotateIfDue("web", SMALL),
    logs.rotateIfDue("web", SMALL),
  ]);

  expect(reports.filter(({ isBusy }) => isBusy)).toHaveLength(1);
  expect(await texts(logs.read("web", { lines: 2000 }))).toHaveLength(1000);
});

it("rotating when asked to takes what there is, whole blocks of it", async () => {
  const { logs, write, out } = logFolder({ cutter: fallocateCutter("linux") });
  write(numbered(0, 50));

  const { rotated } = await logs.rotate("web");

  expect(rotated).toMatchObject([{ bytes: canCollapse ? 4096 : 5000 }]);
  expect(statSync(out).size).toBeLessThan(4096);
});

it("a service that was removed is not made again by looking at its logs", async () => {
  const { logs, service, write } = logFolder();
  write(numbered(0, 1000));
  rmSync(service, { recursive: true });

  expect((await logs.rotateIfDue("web", SMALL)).rotated).toEqual([]);
  await logs.recover("web");
  expect(logs.noteOffsets("web", "exit")).toBe(false);
  expect(existsSync(service)).toBe(false);
  expect((await refusal(logs.rotate("web"))).code).toBe("SERVICE_NOT_FOUND");
});

it("a log that a person has emptied is read from then on", async () => {
  const { logs, write, out } = logFolder();
  write(numbered(0, 150));
  await logs.rotateIfDue("web", SMALL);
  truncateSync(out, 0);
  write("at once\nafter\n");

  expect(await texts(logs.read("web", { lines: 1 }))).toEqual(["after"]);
});

it("a very long line and a very large log are not read whole", async () => {
  const { logs, out } = logFolder();
  writeFileSync(out, "first\n");
  truncateSync(out, 30_000_000_000); // a hole
  const began = process.memoryUsage().rss;

  const lines = await collect(logs.read("web", { lines: 1, streams: ["out"] }));

  expect(lines).toMatchObject([{ continues: true, isOpen: true }]);
  expect(process.memoryUsage().rss - began).toBeLessThan(100_000_000);
});

it("both streams come in the order that was noted, and each line with its time", async () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const clock = { now: () => nowMs, sleep: async () => {} };
  const { logs, write } = logFolder({ clock });
  const later = (): void => {
    nowMs += 1000;
    logs.noteOffsets("web", "look");
  };
  logs.noteOffsets("web", "start");
  write("err 1\n", "err");
  later();
  write("out 1\n");
  later();
  write("err 2\n", "err");
  write("out 2\n");
  later();

  const lines = await collect(logs.read("web"));

  expect(lines.map(({ stream, atMs, precisionMs }) => [stream, atMs - nowMs, precisionMs])).toEqual(
    [
      ["err", -2000, 1000],
      ["out", -1000, 1000],
      ["out", 0, 1000], // within one second nobody knows which came first
      ["err", 0, 1000],
    ],
  );
  expect(await texts(logs.read("web", { sinceMs: nowMs - 1000 }))).toEqual([
    "out 1",
    "out 2",
    "err 2",
  ]);
  expect(await texts(logs.read("web", { sinceMs: nowMs - 500, streams: ["err"] }))).toEqual([
    "err 2",
  ]);
  expect(await texts(logs.read("web", { sinceMs: nowMs - 1000, lines: 1 }))).toEqual([
    "out 2",
    "err 2",
  ]);
});

it("finds lines by a pattern, upper and lower case told apart or not", async () => {
  const { logs, write } = logFolder();
  write("Error: one\nfine\nerror: two\n");

  expect(await texts(logs.read("web", { grep: "^error" }))).toEqual(["error: two"]);
  expect(await texts(logs.read("web", { grep: "^error", ignoreCase: true, lines: 5 }))).toEqual([
    "Error: one",
    "error: two",
  ]);
});

it("says what cannot be read", () => {
  const { logs } = logFolder();
  const codeOf = (read: () => unknown): unknown => {
    try {
      return read();
    } catch (error) {
      return isTetraError(error) ? error.code : error;
    }
  };

  expect(codeOf(() => logs.read("nobody"))).toBe("SERVICE_NOT_FOUND");
  expect(codeOf(() => logs.read("../web"))).toBe("INVALID_SERVICE");
  expect(codeOf(() => logs.read("web", { grep: "(" }))).toBe("INVALID_LOG_QUERY");
  expect(codeOf(() => logs.read("web", { lines: -1 }))).toBe("INVALID_LOG_QUERY");
});
