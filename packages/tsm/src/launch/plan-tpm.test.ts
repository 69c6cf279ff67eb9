import { expect, it } from "vitest";
import { fakeLaunchHost } from "../../test/fake-launch-host.ts";
import type { Launch } from "./launch-request.ts";
import { planTpm } from "./plan-tpm.ts";

const PATH = "/srv/backend/server.sh";

function plan(text: string, options: { name?: string; PORT?: string } = {}): Launch {
  const { name, PORT } = options;
  const host = fakeLaunchHost({ files: { [PATH]: text }, programs: [PATH] });
  return planTpm(host, {
    script: "./server.sh",
    cwd: "/srv/backend",
    environment: PORT === undefined ? {} : { PORT },
    ...(name === undefined ? {} : { name }),
  });
}

it.each([
  ["PORT=3000", 3000],
  ["#!/bin/sh\nexport PORT='3001' # web\nPORT=3002\n", 3001],
  ["  PORT= 1024 ", 1024],
])("takes the port of the first line that assigns it: %j", (text, port) => {
  const { spec, portSource } = plan(text);
  expect(spec).toMatchObject({
    name: `server-${port}`,
    command: [PATH],
    cwd: "/srv/backend",
    port,
    environment: { PORT: String(port) },
    stopTimeoutMs: 3000,
  });
  expect(portSource).toBe("script");
});

it("takes the environment's port before that, and does not check it", () => {
  expect(plan("PORT=3000", { PORT: "80" }).spec).toMatchObject({ name: "server-80", port: 80 });
  expect(plan("PORT=3000", { PORT: "x/y" })).toMatchObject({
    spec: { name: "server-x-y" },
    warnings: ["PORT=x/y of the environment is no port"],
  });
  expect(plan("PORT=3000", { PORT: "" }).spec.port).toBe(3000);
});

it("takes another name for its base", () => {
  expect(plan("PORT=3000", { name: "api" }).spec.name).toBe("api-3000");
});

it.each(["", "PORT=80", "PORT=70000", "PORT=$1\nPORT=3000", "MYPORT=3000", 'PORT="3000'])(
  "refuses %j: there is no port",
  (text) => {
    expect(() => plan(text)).toThrow(
      expect.objectContaining({
        code: "PORT_NOT_SET",
        message: "PORT not set; no valid PORT= in script",
      }),
    );
  },
);

it("refuses what is not there or not executable", () => {
  const host = fakeLaunchHost({ files: { [PATH]: "PORT=3000" } });
  expect(() =>
    planTpm(host, { script: "server.sh", cwd: "/srv/backend", environment: {} }),
  ).toThrow(
    expect.objectContaining({
      code: "SCRIPT_NOT_FOUND",
      message: "'server.sh' not found or not executable",
    }),
  );
});
