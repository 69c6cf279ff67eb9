import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FileSystem, nodeFileSystem } from "@tetra/durable-fs";
import { expect, it } from "vitest";
import { layoutOf, servicePaths } from "../src/files/layout.ts";
import { type Meta, parseMeta } from "../src/files/meta.ts";
import { observe } from "../src/run/observe.ts";
import { openServices } from "../src/index.ts";
import { fakeClock } from "./fake-clock.ts";
import { fakePlatform } from "./fake-platform.ts";
import { temporaryFolder } from "./temporary-services.ts";

const SHIM_LINE = `{"event":"shim","generation":1,"boot":"boot","pid":10,"start":"s10","up":1}\n`;
const MAIN_LINE = `{"event":"started","generation":1,"boot":"boot","pid":11,"start":"s11","up":1}\n`;
const ENDED_LINE = `{"event":"ended","generation":1,"boot":"boot","status":3,"up":2}\n`;
const META: Meta = parseMeta(`{"generation": 1, "boot_id": "boot", "status": "online"}`, "web");

interface Box {
  readonly parts: Parameters<typeof observe>[0];
  readonly journal: string;
}

/** A service whose journal gets these lines, each just before it is read for the nth time. */
function boxWith(platform: ReturnType<typeof fakePlatform>, ...lines: readonly string[]): Box {
  const layout = layoutOf(temporaryFolder());
  const { journal, lock } = servicePaths(layout, "web");
  mkdirSync(dirname(journal), { recursive: true });
  writeFileSync(journal, "");
  writeFileSync(lock, "");
  const real = nodeFileSystem();
  const waiting = [...lines];
  const fs: FileSystem = {
    ...real,
    open(path, mode) {
      if (path === journal) appendFileSync(journal, waiting.shift() ?? "");
      return real.open(path, mode);
    },
  };
  const parts = {
    fs,
    layout,
    platform,
    glance: platform,
    scan: async () => platform.processes(),
    allotId: async () => {},
    by: "me",
    via: "test",
    clock: fakeClock(),
    shell: "/bin/sh",
    lockTimeoutMs: 0,
  };
  return { parts, journal };
}

it("a shim that notes itself while somebody looks is not taken for dead", () => {
  const { parts } = boxWith(fakePlatform({ pid: 10 }), "", SHIM_LINE);

  expect(observe(parts, META).state).toBe("starting");
});

it("a command that begins while somebody looks is not taken for dead", () => {
  const { parts } = boxWith(fakePlatform({ pid: 10 }, { pid: 11 }), SHIM_LINE, MAIN_LINE);

  expect(observe(parts, META)).toMatchObject({ state: "online", main: { pid: 11 } });
});

it("an end that is noted while somebody looks is not taken for unknown", () => {
  const { parts } = boxWith(fakePlatform(), SHIM_LINE + MAIN_LINE, ENDED_LINE);

  expect(observe(parts, META)).toMatchObject({ state: "crashed", exit: { code: 3, signal: null } });
});

it("a pid that belongs to somebody else is not the service", () => {
  const platform = fakePlatform({ pid: 10, start: "later" }, { pid: 11, start: "later" });
  const { parts } = boxWith(platform, SHIM_LINE + MAIN_LINE);

  expect(observe(parts, META)).toMatchObject({ state: "crashed", exit: { code: null } });
});

it("nothing is believed of another boot", () => {
  const { parts } = boxWith(fakePlatform({ pid: 10 }, { pid: 11 }), SHIM_LINE + MAIN_LINE);

  const { state, exit } = observe(parts, { ...META, boot_id: "before" });

  expect(state).toBe("crashed");
  expect(exit?.reason).toContain("the machine was restarted");
});

it.each([
  ["began when the file says", 1_000_000, "online"],
  ["began later, so the pid was used again", 2_000_000, "crashed"],
])(
  "a service of the original tools is recognised if its process %s",
  (_what, startedAtMs, state) => {
    const platform = { ...fakePlatform({ pid: 40 }), startedAtMs: () => startedAtMs };
    const folder = temporaryFolder();
    const processes = join(folder, "runtime/processes");
    mkdirSync(processes, { recursive: true });
    writeFileSync(
      join(processes, "old-1.meta"),
      "script=/x y.sh pid=40 port=1 start_time=1000 tsm_id=7\n",
    );

    const services = openServices({ folder, platform });

    expect(services.names()).toEqual(["old-1"]);
    expect(services.observe("old-1")).toMatchObject({ meta: { tsm_id: 7 }, observed: { state } });
  },
);
