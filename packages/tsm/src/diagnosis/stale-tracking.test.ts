import { expect, it } from "vitest";
import { staleness, type Tracked } from "./stale-tracking.ts";

const NOW = 1_000_000;
const OLD = NOW - 60_000;
const free = { isLocked: false, isAlive: false, mtimeMs: OLD } as const;
const folder = {
  type: "folder",
  path: "/p/web",
  name: "web",
  hasMeta: false,
  isEmpty: false,
  ...free,
} as const;
const pid = { type: "pid-file", path: "/p/web/web.pid", name: "web", ...free } as const;
const temporary = { type: "temporary", path: "/p/.tmp-a", mtimeMs: OLD, isLocked: false } as const;
const reservation = { type: "reservation", path: "/p/.reserved-3", id: 3, mtimeMs: OLD } as const;

const judged = (entry: Tracked): string | undefined =>
  staleness(entry, { nowMs: NOW, ids: new Set([7]) });

it.each<[string, Tracked, string]>([
  ["an old reservation", reservation, "who reserved it is long gone"],
  [
    "a reservation whose service is there",
    { ...reservation, id: 7, mtimeMs: NOW },
    "id 7 has a service",
  ],
  ["a folder without metadata", folder, "it has no metadata"],
  [
    "a name that was claimed and not used",
    { ...folder, isEmpty: true, mtimeMs: NOW - 10_000 },
    "it has no metadata",
  ],
  ["the pid file of a dead process", pid, "the process is no more"],
  ["an old temporary file", temporary, "who wrote it is long gone"],
])("stale is %s", (_what, entry, why) => {
  expect(judged(entry)).toBe(why);
});

it.each<[string, Tracked]>([
  ["a reservation that was just made", { ...reservation, mtimeMs: NOW - 59_000 }],
  ["the folder of a service, however it ended", { ...folder, hasMeta: true }],
  ["a folder in which a service is being started", { ...folder, isLocked: true }],
  ["a folder that was just made", { ...folder, mtimeMs: NOW - 1000 }],
  ["a name that was just claimed", { ...folder, isEmpty: true, mtimeMs: NOW - 1000 }],
  ["a folder of less than a minute", { ...folder, mtimeMs: NOW - 10_000 }],
  ["a folder whose process lives", { ...folder, isAlive: true }],
  ["the pid file of a living process", { ...pid, isAlive: true }],
  ["the pid file of a service that somebody acts on", { ...pid, isLocked: true }],
  ["a temporary file that is being written", { ...temporary, mtimeMs: NOW }],
  ["a file from the future: the clock was set back", { ...temporary, mtimeMs: NOW + 5000 }],
])("not stale is %s", (_what, entry) => {
  expect(judged(entry)).toBeUndefined();
});
