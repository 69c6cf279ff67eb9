import { execa } from "execa";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROUNDS = fileURLToPath(new URL("rounds.mjs", import.meta.url));

it("none of 10 services is lost, doubled or dies unrecorded, whoever of daemon, shims and commands is killed", async () => {
  // the whole: node rounds.mjs 200 50
  const { stdout, exitCode } = await execa(process.execPath, [ROUNDS, "4", "10"], {
    reject: false,
  });
  const [first = "", ...told] = stdout.split("\n");
  const { problems, runs, known, daemonKills } = JSON.parse(
    told.find((line) => line.startsWith("{")) ?? "{}",
  );

  expect({ exitCode, problems, told: told.filter((line) => !line.startsWith("{")) }, first).toEqual(
    {
      exitCode: 0,
      problems: 0,
      told: [],
    },
  );
  expect(runs).toBeGreaterThan(10);
  expect(known).toBeGreaterThan(0);
  expect(daemonKills).toBeGreaterThan(0);
});
