import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { processesOf, sandbox } from "./tsm.ts";

/** The daemons of a data root. */
function daemons(root: string): readonly string[] {
  return processesOf(root)
    .map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"))
    .filter((command) => command.includes("tetrad"));
}

it("a start wakes one daemon, however many start at once", async () => {
  const box = sandbox({ TETRA_NO_DAEMON: undefined });
  await Promise.all(
    ["a", "b", "c", "d"].map((name) =>
      box.ok("start", "--port", "none", "--name", name, "sleep", "infinity"),
    ),
  );

  await expect.poll(() => daemons(box.root).length, { timeout: 10_000 }).toBe(1);
  expect(Object(await box.json("list")).services).toHaveLength(4);
});

it("no start wakes a daemon that nobody wants", async () => {
  const box = sandbox({ TETRA_NO_DAEMON: undefined });
  await box.ok("start", "--no-daemon", "--name", "a", "sleep", "infinity");
  await box.tsm("start", "--name", "b", "exit 3; :");

  expect(daemons(box.root)).toEqual([]);
});
