import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  findNginx,
  keepsIdleConnections,
  type NginxParts,
  reloadNginx,
  type RunningNginx,
} from "../src/instances/nginx-program.ts";
import { fakeClock } from "./fake-clock.ts";
import { type FakePlatform, fakePlatform } from "./fake-platform.ts";
import { refusal, temporaryFolder } from "./temporary-services.ts";

interface World extends Pick<NginxParts, "platform" | "clock"> {
  readonly processes: FakePlatform;
  readonly titles: Map<number, string>;
  readonly nginx: RunningNginx;
}

/** A master (pid 10) with one worker (pid 11); `onSleep` is what happens while somebody waits. */
function world(onSleep: (world: World, sleeps: number) => void = () => {}): World {
  const processes = fakePlatform({ pid: 10, ignores: ["SIGHUP"] }, { pid: 11, parent: 10 });
  const titles = new Map([
    [10, "nginx: master process nginx"],
    [11, "nginx: worker process"],
  ]);
  let sleeps = 0;
  const made: World = {
    processes,
    titles,
    platform: { ...processes, command: (pid) => titles.get(pid) },
    clock: fakeClock(() => onSleep(made, (sleeps += 1))),
    nginx: {
      master: { pid: 10, start: "s10" },
      workers: [{ pid: 11, start: "s11" }],
      seesOurFiles: true,
    },
  };
  return made;
}

it("a reload is over when new workers serve and no old one takes connections any more", async () => {
  const events: string[] = [];
  const there = world(({ processes, titles }, sleeps) => {
    events.push(`sleep ${sleeps}`);
    if (sleeps === 2) {
      processes.add({ pid: 12, parent: 10 });
      titles.set(12, "nginx: worker process");
    }
    if (sleeps === 4) titles.set(11, "nginx: worker process is shutting down");
  });

  await reloadNginx(there, there.nginx);

  expect(there.processes.sent).toEqual(["10 s10 SIGHUP"]);
  expect(events).toHaveLength(4);
});

it("a reload that does not come about is refused after a while", async () => {
  const there = world();

  const error = await refusal(reloadNginx(there, there.nginx));

  expect(error.code).toBe("NGINX_NOT_RELOADED");
});

it("another user's nginx, or a pid that went to somebody else, is not signalled", async () => {
  const there = world();
  there.processes.add({ pid: 10, start: "later" });

  const error = await refusal(reloadNginx(there, there.nginx));

  expect(error.code).toBe("NGINX_NOT_RELOADED");
  expect(there.processes.sent).toEqual([]);
});

it("a pid file is believed only if the process calls itself nginx's master", () => {
  const there = world();
  const pid = join(temporaryFolder(), "pid");
  const where = { conf: "/no/conf", build: { version: "1.22.1", conf: "", pid: "/no/pid" } };
  const findAt = (text: string): number | undefined => {
    writeFileSync(pid, text);
    return findNginx(there, { pid }, where)?.master.pid;
  };

  expect(findAt("10\n")).toBe(10);
  expect([findAt("11\n"), findAt("1\n"), findAt("x\n"), findAt("999\n")]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(findNginx(there, {}, where)).toBeUndefined();
});

it.each([
  ["1.22.1", false],
  ["1.27.3", false],
  ["1.27.4", true],
  ["1.28.0", true],
  ["2.0.0", true],
])("nginx %s keeps idle connections when it is told: %s", (version, expected) => {
  expect(keepsIdleConnections(version)).toBe(expected);
});
