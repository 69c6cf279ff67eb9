import { spawn, spawnSync, type StdioOptions } from "node:child_process";
import { expect, it, vi } from "vitest";
import { linuxPlatform } from "../src/platform/linux.ts";
import { SHIM } from "../src/run/shim.ts";
import { watchShim } from "../src/supervisor/watch-shim.ts";
import {
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { once } from "node:events";
import { nodeFileSystem, tryLockFile } from "@tetra/durable-fs";
import { join } from "node:path";
import { parseRun } from "../src/files/journal.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  temporaryFolder,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const { O_NONBLOCK, O_RDWR } = constants;
const HIGHEST = 1000;
const RANGE = { offset: 0, length: 1 } as const;
const REQUIRED = process.env["TETRA_REQUIRE_TOOLS"] === "1";
const lacks = (...command: readonly [string, ...string[]]): boolean =>
  !REQUIRED && spawnSync(command[0], command.slice(1)).status !== 0;
const SHELLS = ["/bin/sh", "/bin/bash"].filter((shell) => !lacks(shell, "-c", "true"));

const ENDS = [
  ["exit 0", { code: 0, signal: null }],
  ["exit 3", { code: 3, signal: null }],
  ["exit 127", { code: 127, signal: null }],
  ["exit 137", { code: 137, signal: null }],
  ["exit 143", { code: 143, signal: null }],
  ["exit 255", { code: 255, signal: null }],
  ["kill -TERM $$", { code: null, signal: "SIGTERM" }],
  ["kill -KILL $$", { code: null, signal: "SIGKILL" }],
  ["kill -HUP $$", { code: null, signal: "SIGHUP" }],
  ["kill -INT $$", { code: null, signal: "SIGINT" }],
  ["kill -SEGV $$", { code: null, signal: "SIGSEGV" }],
  ["kill -TERM 0; sleep 5", { code: null, signal: "SIGTERM" }],
] as const;

it.each(SHELLS)("under %s, exit statuses and signals are told apart", async (shell) => {
  const { services } = temporaryServices({ shell });

  for (const [index, [script, exit]] of ENDS.entries()) {
    const name = `end-${index}`;
    const { details } = await refusal(services.start(specOf(name, ["sh", "-c", script])));
    expect([script, details?.["exit"]]).toEqual([script, exit]);
  }
});

it.each(SHELLS)("under %s, the command finds everything as if started directly", async (shell) => {
  const { services, pathOf } = temporaryServices({ shell });
  const look = `const fs = require("node:fs");
    const status = fs.readFileSync("/proc/self/status", "utf8");
    const open = fs.readdirSync("/proc/self/fd").map((fd) => {
      try { return fs.readlinkSync("/proc/self/fd/" + fd); } catch { return ""; }
    });
    console.log(JSON.stringify({ args: process.argv.slice(1), env: process.env,
      ours: open.filter((path) => path.includes("/runtime/processes/")).length,
      signals: status.match(/^Sig(Blk|Ign|Cgt):.*$/gm), stdin: open[0], cwd: process.cwd() }));
    setTimeout(() => {}, Number(process.env.STAY))`;
  const environment = {
    PATH: process.env["PATH"] ?? "",
    "with.dot": "a b",
    "BASH_FUNC_printf%%": "() { false; }",
    text: "line\nline '\"$`\\",
    IFS: "/",
    SHELLOPTS: "errexit",
    STAY: "0",
  };
  const args = ["-e", look, "--", "", "a b", "*", "$HOME", "'\"", "-n", "line\nline"];
  const stdio = ["ignore", "pipe", "inherit"] satisfies StdioOptions;
  const direct = spawnSync(process.execPath, args, { cwd: "/usr", env: environment, stdio });
  await services.start(
    specOf("web", [process.execPath, ...args], {
      environment: { ...environment, STAY: "100000" },
      cwd: "/usr",
    }),
  );

  const seen: unknown = JSON.parse(readFileSync(pathOf("web", "current.out"), "utf8"));

  const expected = { ...JSON.parse(direct.stdout.toString()), ours: 2 }; // its two logs
  expect(seen).toMatchObject({ ...expected, env: { ...environment, STAY: "100000" } });
});

it.each(SHELLS)("under %s, it has the lock until its first line is written", async (shell) => {
  const home = temporaryFolder();
  const fs = nodeFileSystem();
  const lock = tryLockFile(fs, join(home, "lock"), RANGE);
  spawnSync("mkfifo", [join(home, "journal")]);
  const journal = openSync(join(home, "journal"), "r+");
  const filling = openSync(join(home, "journal"), O_RDWR | O_NONBLOCK);
  expect(() => {
    for (;;) writeSync(filling, "x".repeat(512)); // until nothing more fits: the shim must wait
  }).toThrow("EAGAIN");
  const shim = spawn(shell, ["-c", SHIM, "tsm-shim", "1", "boot", "0022", "", "true"], {
    stdio: ["ignore", "ignore", "ignore", lock?.fd ?? "ignore", journal],
  });
  const ended = once(shim, "exit");
  fs.close(lock?.fd ?? -1);
  // it sleeps nowhere but in that write
  const state = (): string | undefined => linuxPlatform().process(shim.pid ?? 0)?.state;
  await vi.waitFor(() => expect(state()).toBe("sleeping"), 10_000);

  expect(tryLockFile(fs, join(home, "lock"), RANGE)).toBeUndefined();

  expect(() => {
    for (;;) readSync(filling, Buffer.alloc(4096));
  }).toThrow("EAGAIN");
  await ended;
  expect(tryLockFile(fs, join(home, "lock"), RANGE)).toBeDefined();
});

it.each(SHELLS)("under %s, it does without /proc, as on macOS", (shell) => {
  const home = temporaryFolder();
  const journal = openSync(join(home, "journal"), "a");
  const shim = SHIM.replaceAll("/proc/", "/nonexistent/");
  const look = 'LC_ALL=C ps -o lstart= -p "$$"; echo "$$"; exit 143';

  const { stdout } = spawnSync(
    shell,
    ["-c", shim, "tsm-shim", "1", "boot", "0022", "", "sh", "-c", look],
    {
      stdio: ["ignore", "pipe", "inherit", "ignore", journal],
    },
  );

  const [start = "", pid] = stdout.toString().split("\n");
  const run = parseRun(readFileSync(join(home, "journal"), "utf8"), {
    generation: 1,
    bootId: "boot",
  });
  expect(run.main).toMatchObject({ pid: Number(pid), start: start.replaceAll(/\s+/g, " ").trim() });
  expect(run.ended?.exit).toEqual({ code: 143, signal: null });
  expect(Math.abs((run.ended?.up ?? 0) - Date.now() / 1000)).toBeLessThan(60);
});

it.each(SHELLS)("under %s, it holds its pipe until it is gone, however it ends", async (shell) => {
  const { services, pathOf } = temporaryServices({ shell });
  const path = pathOf("web", "runs/alive");
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    const { observed } = await services.start(specOf("web", "sleep 1000"));
    const told = vi.fn<() => void>();
    expect(watchShim(path, HIGHEST, told)).toBeDefined();
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    const victim = signal === "SIGKILL" ? observed.shim : observed.main;
    process.kill(victim?.pid ?? 0, signal);

    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce(), 10_000);
    await services.stop("web", { timeoutMs: 0 }).catch(() => {});
  }
});

const IN_THE_WAY: readonly (readonly [string, (path: string) => void])[] = [
  ["a folder", (path) => mkdirSync(path)],
  ["a file", (path) => writeFileSync(path, "text")],
  ["a link to nowhere", (path) => symlinkSync("/nonexistent/alive", path)],
];

it.each(SHELLS.flatMap((shell) => IN_THE_WAY.map(([what, put]) => [shell, what, put] as const)))(
  "under %s, with %s where its pipe should be, it runs its command all the same",
  async (shell, _what, put) => {
    const { services, pathOf } = temporaryServices({ shell });
    const path = pathOf("web", "runs/alive");
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    put(path);

    const { observed } = await services.start(specOf("web", "sleep 1000"));

    expect(watchShim(path, HIGHEST, () => {})).toBeUndefined();
    process.kill(observed.main?.pid ?? 0, "SIGTERM");
    await vi.waitFor(
      () =>
        expect(services.observe("web").observed.exit).toEqual({ code: null, signal: "SIGTERM" }),
      10_000,
    );
  },
);

const FAILING: readonly (readonly [string, string, string])[] = [
  ["opened", '7<>"$_tsm_alive"', "7<>/proc/1/nothing"], // root may open everything else
  ["made", "mkfifo", "no-such-program"],
];

it.each(
  SHELLS.flatMap((shell) => FAILING.map(([what, from, to]) => [shell, what, from, to] as const)),
)("under %s, a pipe that cannot be %s does not keep it from running", (shell, _what, from, to) => {
  expect(SHIM).toContain(from);
  const home = temporaryFolder();
  const alive = join(home, "alive");
  const journal = openSync(join(home, "journal"), "a");

  const shim = SHIM.replace(from, to);

  const { status } = spawnSync(
    shell,
    ["-c", shim, "tsm-shim", "1", "boot", "0022", alive, "sh", "-c", "exit 3"],
    { stdio: ["ignore", "ignore", "ignore", "ignore", journal] },
  );

  const text = readFileSync(join(home, "journal"), "utf8");
  const run = parseRun(text, { generation: 1, bootId: "boot" });
  expect(run.ended?.exit).toEqual({ code: 3, signal: null });
  expect(status).toBe(0);
  // nothing else is put in its place, which the next run would have to do without
  expect(statSync(alive, { throwIfNoEntry: false })?.isFIFO() ?? true).toBe(true);
});

it.skipIf(lacks("shellcheck", "--version"))("passes shellcheck (needs shellcheck)", () => {
  const { stdout, status } = spawnSync("shellcheck", ["--shell=sh", "--severity=style", "-"], {
    input: SHIM,
    encoding: "utf8",
  });

  expect(stdout).toBe("");
  expect(status).toBe(0);
});
