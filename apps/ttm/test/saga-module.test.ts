import { mkdirSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { type SagaBox, sagaBox, viewOf } from "./saga-box.ts";

const CORE = fileURLToPath(new URL("../node_modules/@tetra/tts-core", import.meta.url));

/** As `npm install @tetra/tts-core` beside the file does. */
function installCore({ ledgerFile }: SagaBox): void {
  const folder = join(dirname(ledgerFile), "node_modules", "@tetra");
  mkdirSync(folder, { recursive: true });
  symlinkSync(CORE, join(folder, "tts-core"));
}

const ACTIONS = `
import { appendFileSync } from "node:fs";

interface Call { readonly data: unknown; readonly attempt: number }
type Note = (call: Call) => { noted: string };

export const actions: Record<string, Note> = {
  note({ data }: Call) {
    const text = JSON.stringify(data) as string;
    appendFileSync(process.env["LEDGER"]!, text + "\\n");
    return { noted: text };
  },
};
`;

it("carries out a saga of a TypeScript module that needs nothing but this program", async () => {
  const box = sagaBox();
  box.write("actions.ts", ACTIONS);
  const file = box.write(
    "plain.ts",
    `
import { actions } from "./actions.ts";
export { actions };
export const description: string = "plain module";
export const saga = {
  name: "plain",
  input: { who: "nobody", how: "fast" },
  steps: [
    { type: "step", name: "one", action: "note", data: { $input: ["who"] }, compensate: { action: "note", data: "undo" } },
    { type: "step", name: "two", action: "shell", data: { run: ["echo", { $input: ["how"] }] } },
  ],
} as const;
`,
  );

  expect(await box.ttm("saga", "run", file, "--var", "who=Ada")).toMatchObject({
    exitCode: 0,
    stdout: "two | fast\n",
  });
  expect(box.ledger()).toEqual(['"Ada"']);
  expect(JSON.parse(await box.ok("state"))).toMatchObject({ description: "plain module" });
});

it("carries out what the builder of @tetra/tts-core/saga makes", async () => {
  const box = sagaBox();
  installCore(box);
  const file = box.write(
    "built.mts",
    `
import { action, saga } from "@tetra/tts-core/saga";
const greet = action("greet", ({ data }: { data: { name: string } }) => ({ text: \`hello \${data.name}\` }));
export const actions = [greet];
export default saga("greeting").step({ name: "greet", action: greet, data: { name: "Ada" } });
`,
  );

  expect(await box.ttm("saga", "run", file)).toMatchObject({ exitCode: 0 });
  expect(await viewOf(box)).toMatchObject({ results: { greet: { text: "hello Ada" } } });
});

it("takes actions from a module of their own, for those who carry on as well", async () => {
  const box = sagaBox();
  const actions = box.write(
    "actions.mjs",
    ACTIONS.replaceAll(/: (Record<[^>]+>|Call)|interface.*|type .*| as string|!/g, ""),
  );
  const file = box.write(
    "acting.yaml",
    "saga: acting\nsteps: [{ name: a, action: note, data: { x: 1 } }]\n",
  );

  expect(await box.ttm("saga", "run", file)).toMatchObject({
    exitCode: 66,
    stderr: expect.stringContaining("no action note, for a"),
  });
  expect(await box.json("list")).toEqual([]);
  const id = (await box.ok("saga", "run", file, "--detach", "--actions", actions)).trimEnd();
  expect(await box.ok("worker", "--once")).toContain(`${id}: no action note, for a`);
  expect(await box.ttm("saga", "resume")).toMatchObject({ exitCode: 66 });
  expect(await box.ok("worker", "--once", "--actions", actions)).toContain(`${id}  committed`);
  expect(box.ledger()).toEqual(['{"x":1}']);
});

it("does not carry on what has changed since it was started", async () => {
  const box = sagaBox();
  const module = (step: string): string => `
export const actions = { note: () => "done" };
export const sagas = [{ name: "growing", steps: [{ type: "signal", name: "go" }, { type: "step", name: "${step}", action: "note" },
  { type: "step", name: "shell", action: "shell", data: { run: "pwd" } }] }];
export const saga = sagas[0];
`;
  const file = box.write("growing.mjs", module("before"));
  await box.ok("saga", "run", "--detach", file);
  await box.ok("saga", "signal", "go");
  const changed = box.write("changed.mjs", module("after"));

  expect(await box.ttm("saga", "resume", "--actions", changed)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/growing.* changed.*before: removed/),
  });
  expect(await box.ok("worker", "--once", "--actions", changed)).toContain("has changed");
  expect(await box.ttm("saga", "resume", "--actions", file)).toMatchObject({ exitCode: 0 });
});

it.each([
  ["broken.ts", "export const saga = {;", /broken\.ts: cannot be loaded: /],
  ["nothing.mjs", "export const x = 1;", /nothing\.mjs: exports no saga/],
  ["missing.mjs", 'import "@tetra/tts-core/saga";', /npm install @tetra\/tts-core/],
  [
    "wrong.ts",
    "export const saga = { name: 'x', steps: [{ type: 'stepp' }] };",
    /wrong\.ts: step 1: type/,
  ],
])("refuses %s, and says why", async (name, text, message) => {
  const box = sagaBox();

  expect(await box.ttm("saga", "run", box.write(name, text))).toMatchObject({
    exitCode: 65,
    stderr: expect.stringMatching(message),
  });
});
