import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { systemClock } from "../src/clock.ts";
import {
  describeChange,
  launchDifference,
  launchedAs,
  type LaunchRequest,
  nodeLaunchHost,
  planLaunch,
  relaunch,
} from "../src/launch/index.ts";
import { PATIENCE_MS, temporaryFolder, temporaryServices } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A project of somebody, and services of its own. */
function shop() {
  const { services, pathOf } = temporaryServices();
  const project = join(temporaryFolder(), "shop");
  cpSync(join(import.meta.dirname, "fixtures/launch/shop"), project, { recursive: true });
  const host = nodeLaunchHost({
    tetraDir: temporaryFolder(),
    clock: systemClock,
    serviceNames: () => services.names(),
  });
  const environment = { PATH: process.env["PATH"] ?? "", CUSTOMER: "Ada" };
  const request = (words: readonly string[]): LaunchRequest => ({
    words,
    cwd: project,
    environment,
  });
  return { services, project, host, request, environment, pathOf };
}

it("a script is started as planned: env file found, port told, arguments untouched", async () => {
  const { services, host, request, pathOf } = shop();
  const port = await freePort();
  const [launch] = planLaunch(host, { ...request(["./serve.sh", "a b", "$X"]), port });
  if (launch === undefined) throw new Error("nothing was planned");

  const { meta } = await services.start(launch.spec);

  expect(meta).toMatchObject({ name: `shop-${port}`, port, process_type: "bash" });
  await vi.waitFor(() => {
    expect(readFileSync(pathOf(meta.name, "current.out"), "utf8")).toBe(
      `./serve.sh a b $X\nit's $5 for Ada\n${port}\n\n`,
    );
  });
});

it("an edit of the env file shows before the restart, and counts after it", async () => {
  const { services, project, host, request, pathOf, environment } = shop();
  const [launch] = planLaunch(host, { ...request(["./serve.sh"]), name: "shop" });
  if (launch === undefined) throw new Error("nothing was planned");
  const { meta } = await services.start(launch.spec);
  writeFileSync(join(project, "env/local.env"), "GREETING=hello\nAPI_KEY=s3cret\n");

  const { spec } = relaunch(host, launch.spec.origin);
  const before = launchedAs(meta, launch.spec.environment);

  expect(launchDifference(before, spec).map(describeChange)).toEqual([
    "environment API_KEY: ******** (new)",
    "environment GREETING: it's $5 for Ada -> hello",
    "environment NAME: shop (gone)",
  ]);
  expect(spec).toMatchObject({ name: meta.name, environment });
  await services.stop(meta.name);
  await services.start(spec);
  await vi.waitFor(() => {
    expect(readFileSync(pathOf(meta.name, "current.out"), "utf8")).toContain("\nhello\n");
  });
});

it("a file hook runs before the command, in its process", async () => {
  const { services, host, request, pathOf } = shop();
  const hooks = join(host.tetraDir, "tsm/hooks");
  mkdirSync(hooks, { recursive: true });
  writeFileSync(join(hooks, "bash.sh"), "HOOKED=yes; export HOOKED\n");
  const [launch] = planLaunch(host, request(["./serve.sh"]));
  if (launch === undefined) throw new Error("nothing was planned");

  const { meta } = await services.start(launch.spec);

  await vi.waitFor(() => {
    expect(readFileSync(pathOf(meta.name, "current.out"), "utf8")).toMatch(/\nyes\n$/);
  });
});

it("looking at what is not there, or may not be read, finds nothing", () => {
  const { host, project } = shop();
  expect([
    host.isFile(join(project, "serve.sh")),
    host.isFile(project),
    host.isExecutable(join(project, "serve.sh")),
    host.isExecutable(join(project, "env/local.env")),
    host.readText(join(project, "gone")),
    host.readText(project),
    host.names(project).length,
    host.names(join(project, "gone")),
    host.isFile("a\0b"),
  ]).toEqual([true, false, true, false, undefined, undefined, 2, [], false]);
});
