import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type EndpointFlags, endpoints, execute, plan } from "../src/index.ts";
import { text } from "./support/ssh-world.ts";

// No engine runs here: a program of the same name notes its arguments and runs what comes after them.
const RECORDER = `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; [ "$word" = -c ] && seen=1; done >"$RECORD"
[ -n "$FAILURE" ] && { echo "$FAILURE" >&2; exit 1; }
while [ "$1" != sh ]; do shift; done
exec "$@"
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tes-engine-"));
  for (const name of ["docker", "podman", "kubectl"]) {
    writeFileSync(join(folder, name), RECORDER);
    chmodSync(join(folder, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(flags: EndpointFlags, failure = "") {
  const what = plan("@box", {
    endpoints: endpoints(),
    flags,
    operation: "execute",
    command: ["printf", "%s", "it's"],
  });
  const env = {
    PATH: `${folder}:${process.env["PATH"]}`,
    HOME: folder,
    RECORD: join(folder, "record"),
    FAILURE: failure,
  };
  return execute(what, { env });
}

/** What the engine was given before the shell. */
function recorded(): readonly string[] {
  const words = readFileSync(join(folder, "record"), "utf8").split("\n");
  return words.slice(0, words.indexOf("sh"));
}

it.each([
  [{ type: "docker", host: "web" }, ["exec", "-i", "web"]],
  [
    { type: "docker", host: "web", workUser: "app", context: "far" },
    ["--context", "far", "exec", "-i", "-u", "app", "web"],
  ],
  [{ type: "podman", host: "web", context: "far" }, ["--connection", "far", "exec", "-i", "web"]],
  [{ type: "kubectl", host: "deployment/web" }, ["exec", "-i", "deployment/web", "--"]],
  [
    { type: "kubectl", host: "web-0", namespace: "shop", container: "app", context: "far" },
    ["--context", "far", "-n", "shop", "exec", "-i", "-c", "app", "web-0", "--"],
  ],
] satisfies [EndpointFlags, string[]][])("runs through %j", async (flags, words) => {
  const { stdout, exitStatus } = await run(flags);

  expect([text(stdout), exitStatus]).toEqual(["it's", 0]);
  expect(recorded()).toEqual(words);
});

it.each([
  ["docker", "Error response from daemon: No such container: web"],
  ["docker", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."],
  ["podman", 'Error: no container with name or ID "web" found: no such container'],
  ["kubectl", 'Error from server (NotFound): pods "web" not found'],
] as const)("says that %s cannot reach it: %s", async (type, said) => {
  await expect(run({ type, host: "web" }, said)).rejects.toThrow(
    expect.objectContaining({ code: "CONTAINER_UNREACHABLE", message: `@box: execute: ${said}` }),
  );
});
