import { expect, it } from "vitest";
import { flowPaths } from "./flow-paths.ts";
import { parseScope, ragCandidates, ragFolder } from "./rag-folder.ts";

const LOCAL = { scope: "local", cwd: "/p", home: "/home/me" } as const;
const GLOBAL = { ...LOCAL, scope: "global" } as const;

it.each([
  ["a project without any", LOCAL, [], "/p/rag/flows"],
  [
    "a project with rag/flows",
    LOCAL,
    ["/p/rag/flows", "/p/.rag/flows", "/p/rag/txns"],
    "/p/rag/flows",
  ],
  ["a project of the earlier version", LOCAL, ["/p/.rag/flows"], "/p/.rag/flows"],
  ["a project where only rag/txns is", LOCAL, ["/p/rag/txns"], "/p/rag/txns"],
  ["an override", { ...LOCAL, override: "/x/y" }, ["/p/rag/flows"], "/x/y/flows"],
  ["a relative override", { ...LOCAL, override: "sub/rag" }, [], "/p/sub/rag/flows"],
  ["the root folder", { ...LOCAL, cwd: "/" }, [], "/rag/flows"],
  ["all projects", GLOBAL, [], "/home/me/.tetra/rag/flows"],
  ["all projects, elsewhere", { ...GLOBAL, tetraDir: "/data" }, [], "/data/rag/flows"],
  [
    "all projects, as they began",
    { ...GLOBAL, tetraDir: "/data" },
    ["/data/rag/txns"],
    "/data/rag/txns",
  ],
  [
    "all projects, whatever the override",
    { ...GLOBAL, override: "/x" },
    [],
    "/home/me/.tetra/rag/flows",
  ],
] as const)("flows of %s", async (_what, query, there: readonly string[], flows) => {
  const { folder, sessions, ...found } = await ragFolder(query, (path) => there.includes(path));
  expect(found.flows).toBe(flows);
  expect(sessions).toBe(`${folder}/sessions`);
  expect(flows.startsWith(`${folder}/`)).toBe(true);
  expect(ragCandidates(query)).toContain(flows);
});

it.each([
  [undefined, "local"],
  ["", "local"],
  ["global", "global"],
  ["everywhere", "local"],
])("the scope %j is %s", (text, scope) => {
  expect(parseScope(text)).toBe(scope);
});

it("an id never leads out of the folder of flows", () => {
  expect(() => flowPaths("/p/rag/flows", "../x")).toThrow(
    expect.objectContaining({ code: "INVALID_ID" }),
  );
});
