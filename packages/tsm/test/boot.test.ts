import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { openServices, type Platform, systemPlatform } from "../src/index.ts";
import { type Daemon, runDaemon } from "../src/supervisor/index.ts";
import { PATIENCE_MS, specOf, temporaryFolder } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

/** This machine after another boot, as far as anybody can tell. */
function otherBoot(): Platform {
  return { ...systemPlatform(), bootId: () => "another-boot" };
}

it("after a reboot the first daemon starts what ran, in order, and what is enabled; the next does not", async () => {
  const tetraDir = temporaryFolder();
  const startEnabled = vi.fn<() => Promise<void>>(async () => {});
  const run = (platform: Platform): Promise<Daemon | undefined> =>
    runDaemon({ tetraDir, version: "1", isOnDemand: true, startEnabled, platform, say: () => {} });
  await (await run(systemPlatform()))?.stop();
  const services = openServices({ folder: join(tetraDir, "tsm") });
  const dependsOn = [{ name: "zdb", condition: "started" as const }];
  await services.start(specOf("zdb", ["sleep", "1000"]));
  await services.start(specOf("app", ["sleep", "1000"], { care: { dependsOn } }));
  await services.start(specOf("down", ["sleep", "1000"]));
  await services.stop("down");
  // what a power cut does: nobody notes anything
  for (const name of ["zdb", "app"]) {
    const { shim, main } = services.observe(name).observed;
    for (const victim of [shim, main]) process.kill(victim?.pid ?? 0, "SIGKILL");
  }

  const platform = otherBoot();
  const later = openServices({ folder: join(tetraDir, "tsm"), platform });
  const stateOf = (name: string): string => later.observe(name).observed.state;
  const daemon = await run(platform);
  await vi.waitFor(
    () => expect([stateOf("zdb"), stateOf("app")]).toEqual(["online", "online"]),
    10_000,
  );
  await expect(run(platform)).resolves.toBeUndefined(); // there is one
  await daemon?.stop();
  await (await run(platform))?.stop();

  expect(startEnabled).toHaveBeenCalledTimes(1);
  expect(stateOf("down")).toBe("stopped");
  const [zdb = 0, app = 0] = ["zdb", "app"].map((name) => later.observe(name).observed.startedAtMs);
  expect(zdb).toBeLessThanOrEqual(app);
  expect(later.observe("app").meta.generation).toBe(2);
  for (const name of ["zdb", "app"]) await later.stop(name, { timeoutMs: 0 });
});
