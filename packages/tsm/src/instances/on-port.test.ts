import { expect, it } from "vitest";
import { onPort } from "./on-port.ts";

const spec = { name: "web", cwd: "/", environment: { PATH: "/bin", PORT: "3000" }, port: 3000 };

it.each([
  [
    ["node", "app.js", "3000"],
    ["node", "app.js", "4000"],
  ],
  [
    ["app", "--port=3000"],
    ["app", "--port=4000"],
  ],
  [
    ["app", "-p3000"],
    ["app", "-p4000"],
  ],
  [
    ["app", "0.0.0.0:3000"],
    ["app", "0.0.0.0:4000"],
  ],
  [
    ["app", "http://localhost:3000/x"],
    ["app", "http://localhost:4000/x"],
  ],
  [
    ["app-3000.js", "13000", "30000", "v3000", "1.3000", "3000.1"],
    ["app-4000.js", "13000", "30000", "v3000", "1.3000", "3000.1"],
  ],
])("%j becomes %j", (command, expected) => {
  expect(onPort({ ...spec, command }, 4000).command).toEqual(expected);
});

it("the variables and the readiness probe go with it", () => {
  const care = { ready: { type: "http", url: "http://127.0.0.1:3000/ready" } } as const;

  const moved = onPort({ ...spec, command: "run", care }, 4000);

  expect(moved.environment).toEqual({ PATH: "/bin", PORT: "4000" });
  expect(moved.care?.ready).toEqual({ type: "http", url: "http://127.0.0.1:4000/ready" });
  expect(moved.port).toBe(4000);
});

it("a service that has no port yet gets it as PORT", () => {
  const { port: _none, ...without } = spec;

  expect(onPort({ ...without, command: "run 3000", environment: {} }, 4000)).toMatchObject({
    command: "run 3000",
    environment: { PORT: "4000" },
  });
});
