import { parseChoice, parseSelector } from "@tetra/rag-adapter";
import { expect, it } from "vitest";
import { type Box, makeBox, STAMP } from "./box.ts";

const ID = `add-login-${STAMP}`;

async function withFlow(): Promise<Box> {
  const box = makeBox();
  await box.flows.create({ description: "add login" });
  return box;
}

/** A source file of the project, and what selects of it. */
function source(box: Box, name: string, content: string): { path: string } {
  box.files.put(`/p/${name}`, content);
  return { path: `/p/${name}` };
}

const added = async (box: Box, text: string): Promise<string> => {
  const selector = parseSelector(text);
  return box.flows.evidence.add(ID, { selector, path: `/p/${selector.file}` });
};

it("evidence is copied, numbered by ten, and recorded with span and tags", async () => {
  const box = await withFlow();
  source(box, "src/Auth.ts", "one\ntwo\nthree\n");

  expect(await added(box, "src/Auth.ts::2,3#auth,core")).toBe("100_auth_ts.evidence.md");
  expect(await added(box, "src/Auth.ts")).toBe("110_auth_ts.evidence.md");

  const [first] = await box.flows.evidence.list(ID);
  expect(first).toMatchObject({
    rank: 100,
    source: "/p/src/Auth.ts",
    span: "lines=2:3",
    tags: ["auth", "core"],
  });
  const lines = await box.store.read(ID);
  expect(lines.at(-2)?.text).toMatch(
    /^\{"ts":"[^"]+","event":"evidence_added","file":"100_auth_ts.evidence.md","span":"lines=2:3","tags":\["auth","core"\],/,
  );
});

it("evidence has variables while it is on; without any the numbered context files have them", async () => {
  const box = await withFlow();
  source(box, "a.ts", "a\n");
  const { name } = await box.store.addContext(ID, {
    description: "note",
    source: { bytes: new Uint8Array([65]), name: "n.txt" },
    atMs: 0,
  });
  const folder = `/p/rag/flows/${ID}/ctx`;
  expect(await box.flows.evidencePaths()).toEqual([`${folder}/${name}`]);

  await added(box, "a.ts");
  await added(box, "a.ts#again");
  await box.flows.evidence.toggle(ID, parseChoice("100"), false);

  expect(await box.flows.evidencePaths()).toEqual([`${folder}/evidence/110_a_ts.evidence.md`]);
  expect((await box.flows.status()).evidence).toBe(1);
});

it("evidence is switched off and on again, and over", async () => {
  const box = await withFlow();
  for (const name of ["a.ts", "b.ts", "c.md"]) {
    source(box, name, "x\n");
    await added(box, name);
  }
  const on = async (): Promise<readonly number[]> =>
    (await box.flows.evidence.list(ID)).flatMap(({ rank, isActive }) => (isActive ? [rank] : []));

  await box.flows.evidence.toggle(ID, parseChoice("*_ts"), false);
  await box.flows.evidence.toggle(ID, parseChoice("100-110"), false);
  expect(await on()).toEqual([120]);
  await box.flows.evidence.toggle(ID, parseChoice("110-120"));
  expect(await on()).toEqual([110]);
  await box.flows.evidence.toggle(ID, parseChoice("*"), true);
  expect(await on()).toEqual([100, 110, 120]);
});

it("evidence is removed and renumbered; the log says what counts then", async () => {
  const box = await withFlow();
  for (const name of ["a.ts", "b.ts", "c.md"]) {
    source(box, name, "x\n");
    await added(box, name);
  }
  expect(await box.flows.evidence.remove(ID, parseChoice("110"))).toEqual(["110_b_ts.evidence.md"]);
  await box.flows.evidence.rebase(ID);

  const names = (await box.flows.evidence.list(ID)).map(({ name }) => name);
  expect(names).toEqual(["100_a_ts.evidence.md", "110_c_md.evidence.md"]);
  const { event } = (await box.store.read(ID)).at(-1) ?? {};
  expect(event).toMatchObject({
    event: "evidence_selected",
    method: "rebase",
    count: 2,
    files: names,
  });
});

it("evidence can be a link, which has the source's size and says so in the log", async () => {
  const box = await withFlow();
  source(box, "data.bin", "\0\u0001\u0002");
  const selector = parseSelector("data.bin");
  expect(await box.flows.evidence.link(ID, { selector, path: "/p/data.bin" })).toBe(
    "100_data_bin.evidence.link",
  );

  const [piece] = await box.flows.evidence.list(ID);
  expect(piece).toMatchObject({ form: "link", bytes: 3, source: "/p/data.bin" });
  expect((await box.eventsOf(ID)).at(-1)).toBe("evidence_linked");
  expect((await box.flows.status()).evidence).toBe(0);
});

it("evidence that is missing, a folder, not text, or behind the end is refused, and nothing is made", async () => {
  const box = await withFlow();
  source(box, "src/a.ts", "a\n");
  source(box, "bin", "\0");
  await expect(added(box, "gone.ts")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(added(box, "src")).rejects.toMatchObject({ code: "NOT_TEXT" });
  await expect(added(box, "bin")).rejects.toMatchObject({ code: "NOT_TEXT" });
  await expect(added(box, "src/a.ts::9")).rejects.toMatchObject({ code: "INVALID_INPUT" });

  expect(await box.flows.evidence.list(ID)).toEqual([]);
  expect(await box.eventsOf(ID)).toHaveLength(2);
});

it("evidence of a flow that does not exist, or that nothing fits, is refused", async () => {
  const box = await withFlow();
  source(box, "a.ts", "a\n");
  const { evidence } = box.flows;
  const piece = { selector: parseSelector("a.ts"), path: "/p/a.ts" };
  await expect(evidence.add("gone", piece)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(evidence.toggle(ID, parseChoice("100"))).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  expect(box.files.all("/p/rag/flows/gone")).toEqual({});
});

it("evidence does not go where a link in the place of its folder leads", async () => {
  const box = await withFlow();
  source(box, "a.ts", "a\n");
  await box.files.remove(`/p/rag/flows/${ID}/ctx/evidence`);
  box.files.put(`/p/rag/flows/${ID}/ctx/evidence`, { link: "/etc" });

  await expect(added(box, "a.ts")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  expect(box.files.all("/etc")).toEqual({});
});

it("evidence is not renamed to a name that is taken", async () => {
  const box = await withFlow();
  const folder = `/p/rag/flows/${ID}/ctx/evidence`;
  box.files.put(`${folder}/100_a.evidence.md`, "on");
  box.files.put(`${folder}/100_a.evidence.md.skip`, "off");

  await expect(
    box.flows.evidence.toggle(ID, parseChoice("a.evidence.md.skip")),
  ).rejects.toMatchObject({ code: "EXISTS" });
  expect(box.files.all(folder)).toEqual({
    "100_a.evidence.md": "on",
    "100_a.evidence.md.skip": "off",
  });
});
