import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lookUp } from "../endpoints.ts";
import { findSourceFiles } from "./find-files.ts";
import { checkFiles, loadEndpoints } from "./load.ts";
import { formatProblem } from "./problem.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tes-load-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const places = (org?: string) => ({
  tetraDir: folder,
  topologyFile: join(folder, "ttm/topology.json"),
  home: folder,
  ...(org !== undefined && { org }),
});

it("reads topology, organisation, common file and ssh configuration, in that order", () => {
  put("ttm/topology.json", '{"@a": {"type": "ssh", "host": "h"}}');
  put("orgs/acme/acme.toml", '[connectors]\n"@a" = {host = "h", work_user = "org"}\n');
  put("config/tetra.toml", '[connectors]\n"@a" = {work_user = "common", port = 1}\n');
  put(".ssh/config", "Include config.d/*\n");
  put(".ssh/config.d/web", "Host web\n");
  const known = loadEndpoints(places());

  expect(lookUp(known, "@a")?.fields).toMatchObject({
    workUser: { value: "org", origin: { line: 2 } },
    port: { value: 1 },
  });
  expect(lookUp(known, "@web")?.fields.host?.value).toBe("web");
});

it("does without any file", () => {
  expect(lookUp(loadEndpoints(places()), "@local")).toBeDefined();
  expect(lookUp(loadEndpoints({}), "@local")).toBeDefined();
});

it("asks which organisation is meant when there are several", () => {
  put("orgs/b/tetra.toml", "");
  put("orgs/a/a.toml", "");
  put("orgs/none/notes.toml", "");

  expect(() => findSourceFiles(places())).toThrow(
    expect.objectContaining({ code: "AMBIGUOUS_ORG", message: expect.stringContaining(": a, b") }),
  );
  expect(findSourceFiles(places("b")).map(({ file }) => file)).toContain(
    join(folder, "orgs/b/tetra.toml"),
  );
});

it.each(["gone", "../b"])("refuses the organisation %j, which has no file", (org) => {
  expect(() => findSourceFiles(places(org))).toThrow(
    expect.objectContaining({ code: "INVALID_CONFIG" }),
  );
});

it("checks all files, with file, line and key", () => {
  put(
    "ttm/topology.json",
    '{"@a": {"type": "ssh",\n"host": 1},\n"@b": {"type": "x", "host": "h"}}',
  );
  put("config/tetra.toml", "[environments.e]\nssh_prot = 1\n");
  const problems = checkFiles(findSourceFiles(places()));

  expect(problems.map(formatProblem)).toEqual([
    `${folder}/ttm/topology.json:2: "@a.host" must be text`,
    `${folder}/ttm/topology.json:3: "@b.type" must be "local", "ssh", "docker", "podman" or "kubectl"`,
    `${folder}/config/tetra.toml:2: "environments.e.ssh_prot" is not known; did you mean ssh_port?`,
  ]);
});
