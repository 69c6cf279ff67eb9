import { expect, it } from "vitest";
import type { TreeItem } from "./flow-files.ts";
import { promotionPlan } from "./promote.ts";

const ID = "add-login-20251018T143022";
const FLOW = {
  id: ID,
  folder: `/p/rag/flows/${ID}`,
  roots: ["/p/rag/flows", "/real/p/rag/flows"],
  state: "{}\n",
};

function file(path: string): TreeItem {
  return { path, kind: "file" };
}

function link(path: string, target: string): TreeItem {
  return { path, kind: "link", target };
}

function planned(...items: readonly TreeItem[]): readonly string[] {
  const [state, ...others] = promotionPlan(items, FLOW);
  expect(state).toMatchObject({ path: "state.json", kind: "content" });
  return others.map((item) => {
    if (item.kind === "link") return `${item.path} → ${item.target}`;
    return item.kind === "copy" ? `${item.path} from ${item.from}` : item.path;
  });
}

it("writes the state as it is, then copies the log, and folders before what is in them", () => {
  expect(
    planned(
      { path: "ctx", kind: "folder" },
      file("ctx/a"),
      file("events.ndjson"),
      file("state.json"),
    ),
  ).toEqual([
    `events.ndjson from ${FLOW.folder}/events.ndjson`,
    "ctx",
    `ctx/a from ${FLOW.folder}/ctx/a`,
  ]);
});

it("leaves out what belongs to the place", () => {
  expect(
    planned(
      { path: "locks", kind: "folder" },
      file("locks/txn"),
      { path: "ctx/.incoming-1", kind: "folder" },
      file("ctx/.incoming-1/data"),
      file("locksmith"),
    ),
  ).toEqual([`locksmith from ${FLOW.folder}/locksmith`]);
});

it.each([
  ["to a flow beside it", link("next-20251019T080000", "/p/rag/flows/next-20251019T080000")],
  ["to a flow beside it, by the folder's other name", link("next", "/real/p/rag/flows/next")],
  ["to a flow beside it, relative", link("next", "../next")],
  [
    "to a flow where the project once was",
    link("next-20251019T080000", "/old/flows/next-20251019T080000"),
  ],
])("leaves out a stray link %s", (_what, stray) => {
  expect(planned(stray)).toEqual([]);
});

it.each([
  ["of the user's stays", link("notes", "/home/me/notes"), "notes → /home/me/notes"],
  ["that leads nowhere stays", link("ctx/x", "/gone"), "ctx/x → /gone"],
  [
    "into the flow becomes relative",
    link("ctx/evidence/100_a.evidence.link", `/p/rag/flows/${ID}/build/a`),
    "ctx/evidence/100_a.evidence.link → ../../build/a",
  ],
  ["into the flow by its other name, too", link("a", `/real/p/rag/flows/${ID}/b`), "a → b"],
  ["to the flow itself, too", link("ctx/up", FLOW.folder), "ctx/up → ../"],
  ["within the flow that is relative stays", link("ctx/a", "../build/a"), "ctx/a → ../build/a"],
  [
    "out of the flow that is relative becomes absolute",
    link("ctx/evidence/100_a.evidence.link", "../../../../../src/a.ts"),
    "ctx/evidence/100_a.evidence.link → /p/src/a.ts",
  ],
  [
    "out of the flow that is absolute stays",
    link("ctx/evidence/100_a.evidence.link", "/p/src/a.ts"),
    "ctx/evidence/100_a.evidence.link → /p/src/a.ts",
  ],
  [
    "to a flow whose name begins alike stays",
    link("ctx/a", `/p/rag/flows/${ID}-2/b`),
    `ctx/a → /p/rag/flows/${ID}-2/b`,
  ],
])("a link %s", (_what, item, expected) => {
  expect(planned(item)).toEqual([expected]);
});
