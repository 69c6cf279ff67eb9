import { mkdirSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { processesOf } from "../tsm.ts";
import { type Supervised, supervised } from "./supervised.ts";

/** Two services run beside what is broken; every command that has to look at all of them is tried. */
async function commandsWork(box: Supervised): Promise<void> {
  await box.ok("start", "--name", "a", "--port", "20900", "sleep", "7801");
  await box.ok("start", "--name", "b", "--port", "20901", "sleep", "7802");
  await box.ok("restart", "0");
  await box.ok("stop", "1");
  await box.ok("list");
  await box.tsm("stop", "*");
}

it("the folder of a start that was killed before it wrote anything hinders no command", async () => {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  mkdirSync(box.fileOf("half", ""), { recursive: true });
  await commandsWork(box);

  expect(processesOf(box.root)).toEqual([]);
});

it("a service whose file is no JSON hinders none that is about others", async () => {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  mkdirSync(box.fileOf("broken", ""), { recursive: true });
  writeFileSync(box.fileOf("broken", "meta.json"), "{");
  await commandsWork(box);

  expect(processesOf(box.root)).toEqual([]);
});
