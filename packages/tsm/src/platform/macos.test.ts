import { expect, it } from "vitest";
import { macosPlatform } from "./macos.ts";
import { systemPlatform } from "./system-platform.ts";

// written after the manuals of ps(1) and lsof(8), not recorded on a Mac
const PS = `    1     0     1 Ss    12:34.56  18432 Sat Nov 21 01:02:03 2026
  501     1   501 S      0:00.01   1200 Sat Nov 21 10:00:00 2026
  502   501   501 R+     1:02.50  65536 Sat Nov 21 10:00:00 2026
  600     1   600 Z      0:00.00      0 Tue Nov  3 09:00:00 2026
`;
const RECORDED: Readonly<Record<string, string>> = {
  "sysctl -n kern.bootsessionuuid": "6A1F0D0C-1111-2222-3333-444455556666\n",
  "ps -axo pid=,ppid=,pgid=,state=,time=,rss=,lstart=": PS,
  "ps -o pid=,ppid=,pgid=,state=,time=,rss=,lstart= -p 502": PS.split("\n")[2] ?? "",
  "ps -E -ww -o command= -p 502":
    "node server.js TETRA_TSM_COOKIE=fake PATH=/usr/bin:/bin TETRA_TSM_COOKIE=abc-1 HOME=/Users/me\n",
  "ps -ww -o command= -p 502": "node server.js\n",
  "lsof -nP -iTCP:3000 -sTCP:LISTEN -Fp": "p502\nf23\nf24\np777\nf5\n",
  "lsof -nP -iTCP -sTCP:LISTEN -Fpn":
    "p502\nf23\nn*:3000\nf24\nn[::1]:3000\nf25\nn127.0.0.1:9229\np777\nf5\nn*:*\n",
};
const platform = macosPlatform((program, args) => RECORDED[[program, ...args].join(" ")] ?? "");

it("reads the process table; the group stands for the session", () => {
  expect(platform.processes()).toHaveLength(4);
  expect(platform.process(502)).toMatchObject({
    pid: 502,
    parent: 501,
    session: 501,
    state: "running",
    start: "Sat Nov 21 10:00:00 2026",
  });
  expect(platform.processes().at(-1)).toMatchObject({
    state: "zombie",
    start: "Tue Nov 3 09:00:00 2026",
  });
  expect(platform.process(999)).toBeUndefined();
  expect(platform.isBusy(502)).toBe(true);
});

it("reads usage, command, environment, listeners and the boot", () => {
  const used = platform.processes().map((entry) => [entry.pid, platform.usage(entry)] as const);
  expect(new Map(used).get(502)).toMatchObject({ cpuMs: 62_500, memoryBytes: 65_536 * 1024 });
  expect(platform.command(502)).toBe("node server.js");
  expect(platform.environmentValue({ pid: 502, start: "" }, "TETRA_TSM_COOKIE")).toBe("abc-1");
  expect(platform.environmentValue({ pid: 501, start: "" }, "TETRA_TSM_COOKIE")).toBeUndefined();
  expect(platform.listeners(3000)).toEqual([
    { port: 3000, pid: 502 },
    { port: 3000, pid: 777 },
  ]);
  expect(platform.listeners(3001)).toEqual([]);
  expect(platform.listeners()).toEqual([
    { port: 3000, pid: 502 },
    { port: 9229, pid: 502 },
  ]);
  expect(platform.bootId()).toBe("6A1F0D0C-1111-2222-3333-444455556666");
});

it("a Mac that does not tell its boot, and any other system, is refused", () => {
  const refusal = expect.objectContaining({ code: "UNSUPPORTED_PLATFORM" });

  expect(() => macosPlatform(() => "")).toThrow(refusal);
  expect(() => systemPlatform("win32")).toThrow(refusal);
});
