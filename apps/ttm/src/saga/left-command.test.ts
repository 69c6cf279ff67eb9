import { expect, it } from "vitest";
import type { CommandNote } from "./command-note.ts";
import { type CommandSight, remainsOf } from "./left-command.ts";

const NOTE: CommandNote = {
  step: "two",
  attempt: 1,
  key: "t/two",
  pid: 4242,
  started: "1000",
  machine: "boot-1",
};
const LEADER = { pid: 4242, group: 4242, started: "1000", isDead: false };
const [OURS, SOMEBODY] = [{ isMarked: true }, { isMarked: false }];

it.each<[string, Partial<CommandSight>, string]>([
  ["runs", { leader: LEADER, members: [OURS] }, "running"],
  ["runs, whatever became of its environment", { leader: LEADER, members: [SOMEBODY] }, "running"],
  ["has ended with all it started", {}, "gone"],
  ["has ended, and nobody has taken note", { leader: { ...LEADER, isDead: true } }, "gone"],
  [
    "has ended, unlike what it started",
    { leader: { ...LEADER, isDead: true }, members: [SOMEBODY] },
    "running",
  ],
  ["has ended and is forgotten, unlike what it started", { members: [SOMEBODY, OURS] }, "running"],
  ["has ended, and nobody knows whose its group is", { members: [SOMEBODY] }, "unknown"],
  [
    "has ended, and its number was given away",
    { leader: { ...LEADER, started: "1001" }, members: [OURS] },
    "gone",
  ],
  [
    "ran before the machine was started again",
    { machine: "boot-2", leader: LEADER, members: [OURS] },
    "gone",
  ],
])("a command that %s", (_what, seen, remains) => {
  expect(remainsOf(NOTE, { machine: "boot-1", members: [], ...seen })).toBe(remains);
});
