import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { nodeLaunchHost, planAndClaim } from "../src/launch/index.ts";
import type { LaunchHost, LaunchRequest } from "../src/launch/index.ts";
import { PATIENCE_MS, refusal, temporaryFolder, temporaryServices } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

const MANY = 20;

interface Moment {
  readonly tetraDir: string;
  /** A host whose clock is a second further on at every look. */
  readonly host: LaunchHost;
}

function moments(services: { names(): readonly string[] }, tetraDir: string): Moment {
  let seconds = 1_700_000_000;
  const clock = { now: () => (seconds += 1) * 1000 };
  const host = nodeLaunchHost({ tetraDir, clock, serviceNames: () => services.names() });
  return { tetraDir, host };
}

const request = (more: Partial<LaunchRequest>): LaunchRequest => ({
  words: ["sleep", "60"],
  cwd: "/",
  environment: { PATH: "/usr/bin:/bin" },
  ...more,
});

it("of many that ask for one name at once, each in another second, one starts and the others are refused", async () => {
  const tetraDir = temporaryFolder();
  const { services } = temporaryServices({ folder: join(tetraDir, "tsm") });
  const { host } = moments(services, tetraDir);

  const planned = await Promise.all(
    Array.from({ length: MANY }, () => planAndClaim(host, request({ name: "web" }))),
  );
  const specs = planned.flat().map(({ spec }) => spec);
  expect(new Set(specs.map(({ name }) => name)).size).toBe(1);
  const outcomes = await Promise.allSettled(specs.map((spec) => services.start(spec)));

  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused).toHaveLength(MANY - 1);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: "ALREADY_RUNNING" });
  expect(services.names()).toHaveLength(1);
  await services.stop(services.names()[0] ?? "", { timeoutMs: 0 });
});

it("what nobody named gets a name of its own each time, also within one second", async () => {
  const tetraDir = temporaryFolder();
  const { services } = temporaryServices({ folder: join(tetraDir, "tsm") });
  const host = nodeLaunchHost({
    tetraDir,
    clock: { now: () => 1_700_000_000_000 },
    serviceNames: () => services.names(),
  });

  const planned = await Promise.all(
    Array.from({ length: MANY }, () => planAndClaim(host, request({}))),
  );

  const names = planned.flat().map(({ spec }) => spec.name);
  expect(new Set(names).size).toBe(MANY);
});

it("claims nothing for what has a port, and nothing outside of its folder", async () => {
  const tetraDir = temporaryFolder();
  const { services } = temporaryServices({ folder: join(tetraDir, "tsm") });
  const { host } = moments(services, tetraDir);

  await planAndClaim(host, request({ name: "web", port: 4000 }));
  expect(readdirSync(tetraDir)).toEqual([]);
  const [odd] = await planAndClaim(host, request({ name: "../../../web" }));
  expect(services.names()).toEqual([]);
  expect(readdirSync(tetraDir)).toEqual(["tsm"]);
  if (odd === undefined) throw new Error("nothing was planned");
  expect(await refusal(services.start(odd.spec))).toMatchObject({ code: "INVALID_SERVICE" });
});
