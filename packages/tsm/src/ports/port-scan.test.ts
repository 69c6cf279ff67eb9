import { expect, it } from "vitest";
import type { Listening, PortLook } from "./look-at-ports.ts";
import { portStateText, scanPorts } from "./port-scan.ts";
import { reconcilePorts } from "./reconcile-ports.ts";
import type { TrackedService } from "./tracked-service.ts";

const service = (name: string, more: Partial<TrackedService> = {}): TrackedService => ({
  name,
  isRunning: true,
  cookie: name,
  ...more,
});
const web = service("web", { id: 0, port: 3000 });
const stopped = service("web", { id: 0, port: 3000, isRunning: false });
const api = service("api", { id: 1, port: 3001 });
const worker = service("worker", { id: 2 });

const scanned = (
  services: readonly TrackedService[],
  ...listening: readonly Listening[]
): unknown =>
  scanPorts({ services, listening }).map((port) => [port.port, port.pid, portStateText(port)]);

it.each<[string, PortLook, readonly unknown[]]>([
  [
    "a service on its port",
    { services: [web], listening: [{ port: 3000, pid: 7, owner: web }] },
    [[3000, 7, "Online (TSM: 0)"]],
  ],
  [
    "another pid has a service's port",
    { services: [web], listening: [{ port: 3000, pid: 9 }] },
    [[3000, 9, "CONFLICT (TSM: 0)"]],
  ],
  [
    "another user's process has it",
    { services: [web], listening: [{ port: 3000 }] },
    [[3000, undefined, "CONFLICT (TSM: 0)"]],
  ],
  [
    "a stopped service left something behind",
    { services: [stopped], listening: [{ port: 3000, pid: 7, owner: stopped }] },
    [[3000, 7, "LEAKED (TSM: 0)"]],
  ],
  [
    "a stopped service's port is open",
    { services: [stopped], listening: [{ port: 3000, pid: 9 }] },
    [[3000, 9, "LEAKED (TSM: 0)"]],
  ],
  [
    "a running service does not listen",
    { services: [web], listening: [] },
    [[3000, undefined, "ERROR (port not open)"]],
  ],
  [
    "somebody else listens",
    { services: [worker], listening: [{ port: 80 }, { port: 22, pid: 1 }] },
    [
      [22, 1, "Unmanaged"],
      [80, undefined, "Unmanaged"],
    ],
  ],
  ["a stopped service that left nothing", { services: [stopped], listening: [] }, []],
])("a scan tells: %s", (_what, { services, listening }, lines) => {
  expect(scanned(services, ...listening)).toEqual(lines);
});

it("of two services with one port the one that has it is online, the other in conflict", () => {
  const second = service("second", { id: 5, port: 3000 });

  expect(scanned([web, second], { port: 3000, pid: 7, owner: web })).toEqual([
    [3000, 7, "Online (TSM: 0)"],
    [3000, 7, "CONFLICT (TSM: 5)"],
  ]);
});

it("reconciling tells the three results in the original's words", () => {
  const { correct, mismatches, orphans } = reconcilePorts({
    services: [web, api, worker, service("late", { port: 4000 }), service("moved", { port: 4001 })],
    listening: [
      { port: 3000, pid: 7, owner: web },
      { port: 9229, pid: 7, owner: web },
      { port: 3001, pid: 8, owner: api },
      { port: 4002, pid: 9, owner: service("moved", { port: 4001 }) },
      { port: 5432, pid: 10 },
    ],
  });

  expect(correct.map(({ name }) => name)).toEqual(["web", "api", "worker"]);
  expect(mismatches.map(({ text }) => text)).toEqual([
    "DECLARED port 4000 but NOTHING listening",
    "PORT MISMATCH (declared=4001, actual=4002)",
  ]);
  expect(orphans).toEqual([{ port: 5432, pid: 10 }]);
});

it("a service that said no port and listens, and one that was stopped and still does, do not agree", () => {
  const { mismatches, orphans } = reconcilePorts({
    services: [worker, stopped],
    listening: [
      { port: 9000, pid: 3, owner: worker },
      { port: 3000, pid: 7, owner: stopped },
    ],
  });

  expect(mismatches.map(({ text }) => text)).toEqual([
    "PORT MISMATCH (declared=none, actual=9000)",
    "PORT MISMATCH (declared=none, actual=3000)",
  ]);
  expect(orphans).toEqual([]);
});
