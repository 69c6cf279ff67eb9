import { expect, it } from "vitest";
import { fakeLaunchHost } from "../../test/fake-launch-host.ts";
import type { Launch } from "./launch-request.ts";
import { planTpmApp, type TpmApp } from "./plan-tpm-app.ts";

const FILE = "/srv/ecosystem.config.cjs";
const host = fakeLaunchHost({
  files: { "/srv/api/server.js": "" },
  programs: ["/srv/run", "/usr/bin/node"],
});

function plan(app: Partial<TpmApp>, more: { name?: string; PORT?: string } = {}): Launch {
  const { PORT, name } = more;
  return planTpmApp(host, {
    app: { script: "server.js", cwd: "api", environment: {}, ignored: [], ...app },
    file: FILE,
    environment: { PATH: "/usr/bin", ...(PORT === undefined ? {} : { PORT }) },
    ...(name === undefined ? {} : { name }),
  });
}

it("takes the name as it is, the folder, the port and the rest of env", () => {
  const { spec, portSource, warnings } = plan({
    name: "shop api",
    environment: { PORT: "3000", NODE_ENV: "production" },
  });

  expect(spec).toMatchObject({
    name: "shop api",
    command: ["/usr/bin/node", "/srv/api/server.js"],
    cwd: "/srv/api",
    port: 3000,
    environment: { PORT: "3000", NODE_ENV: "production", PATH: "/usr/bin" },
    stopTimeoutMs: 3000,
    about: { process_type: "node", interpreter: "/usr/bin/node" },
  });
  expect({ portSource, warnings }).toEqual({ portSource: "definition", warnings: [] });
});

it("its port wins over that of the environment, and its name yields to a given one", () => {
  const environment = { PORT: "3000" };

  expect(plan({ environment }, { PORT: "4000", name: "web" }).spec).toMatchObject({
    name: "web",
    port: 3000,
  });
  expect(plan({}, { PORT: "4000" })).toMatchObject({
    spec: { name: "server", port: 4000 },
    portSource: "environment",
  });
});

it("a program is run as it is", () => {
  const { spec } = plan({ script: "./run", cwd: "/srv", environment: { PORT: "1" } });

  expect(spec.command).toEqual(["/srv/run"]);
});

it("says what it does not look at", () => {
  expect(plan({ ignored: ["args", "instances"], environment: { PORT: "1" } }).warnings).toEqual([
    "tpm does not look at args, instances: tsm import takes more of the file over",
  ]);
});

it.each([
  ["no port", { environment: {} }, "PORT_NOT_SET"],
  ["a port that is none", { environment: { PORT: "web" } }, "PORT_NOT_SET"],
  ["no such script", { script: "none.js" }, "SCRIPT_NOT_FOUND"],
  ["a program that is none", { script: "server" }, "SCRIPT_NOT_FOUND"],
])("refuses %s", (_, app, code) => {
  expect(() => plan(app)).toThrow(expect.objectContaining({ code }));
});
