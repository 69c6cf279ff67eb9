import { expect, it } from "vitest";
import { parseLegacyMeta } from "./legacy-meta.ts";
import { formatMeta, parseMeta } from "./meta.ts";

const ORIGINAL = `{
  "tsm_id": 3, "name": "api-4000", "pid": "4242", "command": "/usr/bin/node server.js",
  "port": "4000", "cwd": "/srv/my api", "interpreter": "/usr/bin/node", "type": "node",
  "env_file": "env/local.env", "prehook": "", "start_time": 1760745600, "status": "online",
  "restarts": "2", "unstable_restarts": 0, "org": "tetra", "git": {"branch": "main"}
}`;

it("reads the original's, also where its updates made text of numbers", () => {
  expect(parseMeta(ORIGINAL, "api-4000")).toMatchObject({
    tsm_id: 3,
    pid: 4242,
    port: 4000,
    process_type: "node",
    restarts: 2,
    desired: "online",
    generation: 0,
  });
});

it("hands back what it does not know, and writes the original's fields", () => {
  const written: unknown = JSON.parse(formatMeta(parseMeta(ORIGINAL, "api-4000")));

  expect(written).toMatchObject({
    tsm_id: 3,
    process_type: "node",
    restarts: 2,
    org: "tetra",
    git: { branch: "main" },
  });
});

it("what is written is read the same", () => {
  const meta = parseMeta(ORIGINAL, "api-4000");

  expect(parseMeta(formatMeta(meta), "api-4000")).toEqual(meta);
});

it.each(["", "[]", "null", "{"])("refuses %j and says which service's it is", (text) => {
  expect(() => parseMeta(text, "web")).toThrow(
    expect.objectContaining({
      code: "INVALID_META",
      message: expect.stringContaining("web/meta.json"),
    }),
  );
});

it.each([{ pid: 1 }, { pid: -5 }, { pid: "x" }, { port: "none" }, { port: 0 }])(
  "takes %j as not given",
  (fields) => {
    const { pid, port } = parseMeta(JSON.stringify(fields), "web");

    expect({ pid, port }).toEqual({});
  },
);

it("reads the flat file of older tools, blanks in paths included, and evaluates nothing", () => {
  const line =
    "script=/srv/my app/$(id).sh pid=77 port=3000 start_time=1760745600 type=cli cwd=/srv/my app tsm_id=4\n";

  expect(parseLegacyMeta(line, "app-3000")).toMatchObject({
    name: "app-3000",
    tsm_id: 4,
    command: "/srv/my app/$(id).sh",
    cwd: "/srv/my app",
    pid: 77,
    port: 3000,
    start_time: 1_760_745_600,
  });
});
