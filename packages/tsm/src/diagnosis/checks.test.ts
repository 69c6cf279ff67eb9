import { expect, it } from "vitest";
import { DEFAULT_POLICY } from "../supervise/restart-policy.ts";
import { parseMeta } from "../files/meta.ts";
import type { Service } from "../services.ts";
import { bootFindings, type BootFacts, type UnitFacts } from "./check-boot.ts";
import { clockFindings } from "./check-clock.ts";
import { roomOf } from "../logs/disk-room.ts";
import { diskFindings } from "./check-disk.ts";
import { environmentFindings } from "./check-environment.ts";
import { folderFindings, type PathFacts } from "./check-folders.ts";
import { portFindings } from "./check-ports.ts";
import { serviceFindings } from "./check-services.ts";
import { findOrphans } from "./find-orphans.ts";
import type { Finding } from "./finding.ts";
import { parsePortsConfig } from "../ports/ports-config.ts";

const MEBI = 1024 ** 2;
const short = (findings: readonly Finding[]): readonly string[] =>
  findings
    .filter(({ level }) => level !== "ok")
    .map(({ level, where, what }) => `${level} ${where}: ${what}`);

it("every finding that is not fine says what to do, unless it is only good to know", () => {
  const findings = [
    ...environmentFindings({
      variables: [{ name: "TETRA_DIR", value: undefined, isFolder: false }],
      nodeVersion: "18.0.0",
      programs: [
        { program: { name: "sh", level: "error", why: "needed" }, path: undefined },
        { program: { name: "jq", level: "note", why: "not needed" }, path: undefined },
      ],
    }),
    ...diskFindings({
      folder: "/t",
      space: roomOf(50 * MEBI, 100_000 * MEBI),
      logs: [{ name: "web", bytes: 500 * MEBI }],
    }),
  ];

  expect(short(findings)).toEqual([
    "error TETRA_DIR: is not set",
    "error node: is 18.0.0",
    "error sh: is not on the PATH: needed",
    "note jq: is not on the PATH: not needed",
    "error /t: 50 MiB of 100000 MiB are free",
    "warning web: its logs take 500 MiB",
  ]);
  expect(findings.filter(({ level, fix }) => level !== "note" && level !== "ok" && !fix)).toEqual(
    [],
  );
});

it.each([
  [20_000, 100_000, "ok"],
  [900, 100_000, "warning"],
  [900, 1500, "ok"],
  [99, 100_000, "error"],
])("%d MiB free of %d are: %s", (free, total, level) => {
  const space = roomOf(free * MEBI, total * MEBI);

  expect(diskFindings({ folder: "/t", space, logs: [] })[0]?.level).toBe(level);
});

const path = (more: Partial<PathFacts>): PathFacts => ({
  path: "/t/runtime",
  kind: "folder",
  mode: 0o700,
  isOurs: true,
  isWritable: true,
  ...more,
});

it.each<[string, Partial<PathFacts>, string | undefined, string | undefined]>([
  ["private and ours", {}, undefined, undefined],
  ["missing", { kind: "absent" }, "warning", "make-folder"],
  ["open to others", { mode: 0o755 }, "warning", "make-private"],
  [
    "a definition's folder, open",
    { path: "/t/services-available", mode: 0o755 },
    undefined,
    undefined,
  ],
  [
    "a secret, open",
    { path: "/t/x/environment.json", kind: "file", mode: 0o644 },
    "warning",
    "make-private",
  ],
  ["another user's", { isOurs: false }, "error", undefined],
  ["not writable", { isWritable: false }, "error", undefined],
  ["no folder", { kind: "other" }, "error", undefined],
  ["a file in place of a folder", { kind: "file" }, "error", undefined],
  ["hidden from us", { kind: "hidden" }, "error", undefined],
  ["the data root, another user's", { path: "/", isOurs: false }, undefined, undefined],
  ["the data root, a file", { path: "/", kind: "file" }, "error", undefined],
])("a path that is %s", (_what, facts, level, repair) => {
  const finding = folderFindings("/t", [path(facts)]).find((one) => one.level !== "ok");

  expect([finding?.level, finding?.repair?.type]).toEqual([level, repair]);
});

const unit: UnitFacts = {
  name: "tetra.service",
  path: "/u/tetra.service",
  scope: "user",
  isEnabled: true,
  runs: [{ path: "/n/node", isThere: true }],
  tetraDir: "/t",
  user: undefined,
};
const boot: BootFacts = {
  hasSystemd: true,
  tetraDir: "/t",
  user: "ann",
  lingers: true,
  units: [unit],
  wanted: 2,
  isDaemonAlive: true,
};

it.each<[string, Partial<BootFacts>, readonly string[]]>([
  ["all is well", {}, []],
  [
    "no unit",
    { units: [] },
    ["warning unit: no unit starts the daemon of /t after a reboot; 2 services would stay down"],
  ],
  [
    "a unit for another folder",
    { units: [{ ...unit, tetraDir: "/other" }], wanted: 0 },
    ["note unit: no unit starts the daemon of /t after a reboot"],
  ],
  [
    "node was removed",
    { units: [{ ...unit, runs: [{ path: "/n/node", isThere: false }] }] },
    ["error /u/tetra.service: runs /n/node, which is not there any more"],
  ],
  [
    "not enabled",
    { units: [{ ...unit, isEnabled: false }] },
    ["warning /u/tetra.service: is not enabled: it does not start at boot"],
  ],
  [
    "no lingering",
    { lingers: false },
    ["warning /u/tetra.service: ann does not linger: it starts only when they log in"],
  ],
  [
    "another user's",
    { units: [{ ...unit, scope: "system", user: "bob" }] },
    ["warning /u/tetra.service: runs as bob, and you are ann"],
  ],
  [
    "no daemon",
    { isDaemonAlive: false },
    ["warning tetrad: does not run: nothing restarts or probes services, or rotates their logs"],
  ],
  ["no daemon and no services", { isDaemonAlive: false, wanted: 0 }, []],
  [
    "no systemd",
    { hasSystemd: false },
    ["note systemd: is not there: nothing starts services after a reboot by itself"],
  ],
])("after a reboot: %s", (_what, facts, findings) => {
  expect(short(bootFindings({ ...boot, ...facts }))).toEqual(findings);
});

it("times that lie in the future tell that the clock was set back", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const seen = [
    { where: "web", atMs: nowMs + 3_600_000 },
    { where: "api", atMs: nowMs + 1000 },
  ];

  expect(short(clockFindings({ nowMs, seen }))).toEqual([
    "warning web: says 2026-01-01T01:00:00.000Z, and now is 2026-01-01T00:00:00.000Z: the clock was set back",
  ]);
  expect(short(clockFindings({ nowMs: 0, seen: [] }))).toEqual([
    "error clock: says 1970-01-01T00:00:00.000Z",
  ]);
});

const service = (more: Partial<Service>): Service => ({
  meta: { ...parseMeta('{"generation": 1}', "web"), restart_policy: DEFAULT_POLICY },
  observed: { state: "crashed", shimLost: false, exit: { code: 3, signal: null } },
  supervision: undefined,
  status: "crashed",
  ...more,
});
const supervision = { generation: 1, countedGeneration: 1, failures: 5 };

it.each<[string, Partial<Service>, readonly string[]]>([
  ["crashed", {}, ["warning web: has crashed (exit status 3)"]],
  [
    "given up",
    { status: "given up", supervision: { ...supervision, givenUp: "5 failures in a row" } },
    ["error web: has given up (exit status 3): 5 failures in a row"],
  ],
  [
    "backing off",
    { status: "backing off", nextTryAtMs: 0 },
    ["warning web: keeps ending (exit status 3), next try 1970-01-01T00:00:00.000Z"],
  ],
  [
    "without its shim",
    {
      status: "online",
      observed: { state: "online", shimLost: true, main: { pid: 5, start: "s" } },
    },
    ["warning web: runs, but its shim was killed: how it ends will not be known"],
  ],
  [
    "unhealthy",
    {
      status: "online",
      observed: { state: "online", shimLost: false, main: { pid: 5, start: "s" } },
      supervision: {
        ...supervision,
        health: { state: "unhealthy", sinceMs: 0, failures: 3, last: "answered 500" },
      },
    },
    ["warning web: is unhealthy: answered 500"],
  ],
  ["stopped", { status: "stopped", observed: { state: "stopped", shimLost: false } }, []],
])("a service that is %s", (_what, more, findings) => {
  expect(short(serviceFindings([{ type: "read", service: service(more) }]))).toEqual(findings);
});

it("ports: conflicts, mismatches, outdated rows and a file that is wrong", () => {
  const web = { id: 0, name: "web", port: 3000, isRunning: true, cookie: "c" };
  const look = { services: [web], listening: [{ port: 3000, pid: 9 }] };
  const config = parsePortsConfig("[ports]\na = 4000\nb = 4000\n", "f");
  const ledger = [
    { id: 0, name: "web", declared: 3000, timestamp: 0 },
    { id: 4, name: "gone", declared: 3999, timestamp: 0 },
  ];

  const findings = portFindings({ look, ledger, config, configFile: "f" });

  expect(short(findings)).toEqual([
    "error port 3000: port 3000 of web is taken by pid 9",
    "warning port 4000: port 4000 is assigned to a, b",
    "warning web: DECLARED port 3000 but NOTHING listening",
    "warning registry.tsv: 1 rows are of services that are no more",
  ]);
  const wrong = { wrong: "f:1:1: bad", hint: "correct it" };
  expect(
    short(
      portFindings({
        look: { services: [], listening: [] },
        ledger: [],
        config: wrong,
        configFile: "f",
      }),
    ),
  ).toEqual(["error f: f:1:1: bad"]);
});

it("orphans are listening interpreters that no service started, nor one of another TETRA_DIR", () => {
  const commands = new Map([
    [1000001, "/usr/bin/node server.js"],
    [1000002, "nginx: master"],
    [1000003, "python3.11 -m http.server"],
    [1000004, "node elsewhere.js"],
    [1000005, "node lost.js"],
  ]);
  const owner = { name: "web", isRunning: true, cookie: "" };
  const listening = [
    { port: 9000, pid: 1000001 },
    { port: 8999, pid: 1000001 },
    { port: 80, pid: 1000002 },
    { port: 81 },
    { port: 82, pid: 1000003, owner },
    { port: 83, pid: 1000004, home: "/another" },
    { port: 84, pid: 1000005, home: "/t" },
  ];

  const platform = { command: (pid: number) => commands.get(pid) };
  const orphans = findOrphans({ services: [], listening }, { platform, folder: "/t/tsm" });

  expect(orphans).toEqual([
    { pid: 1000001, ports: [8999, 9000], command: "/usr/bin/node server.js" },
    { pid: 1000005, ports: [84], command: "node lost.js" },
  ]);
});
