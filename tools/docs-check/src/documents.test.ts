import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type FarMachine, hasSshd, startFarMachine } from "@tetra/test-sshd";
import { afterAll, beforeAll, expect, it } from "vitest";
import { normalize } from "./normalize.ts";
import { runCommands } from "./terminal.ts";
import { type Exchange, readTranscript, replaceOutputs } from "./transcript.ts";

const TIMEOUT_MS = 120_000;
const ROOT = join(import.meta.dirname, "../../..");
/** Documents whose commands reach another machine, called web1. */
const FAR: ReadonlySet<string> = new Set(["docs/endpoints.md"]);
const isUpdate = process.env["TETRA_TRANSCRIPTS"] === "update";

let far: FarMachine | undefined;
beforeAll(async () => {
  if (hasSshd) far = await startFarMachine();
});
afterAll(() => far?.stop());

function transcripts(): readonly { document: string; exchanges: readonly Exchange[] }[] {
  const guides = readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  return ["README.md", ...guides]
    .map((document) => ({ document, exchanges: transcriptOf(document) }))
    .filter(({ exchanges }) => exchanges.length > 0);
}

function transcriptOf(document: string): readonly Exchange[] {
  return readTranscript(readFileSync(join(ROOT, document), "utf8"));
}

/** Programs that a transcript needs and a machine may lack; `script` makes the terminal. */
function needs(document: string, exchanges: readonly Exchange[]): readonly string[] {
  const typed = exchanges.map(({ command }) => command).join("\n");
  const called = ["jq", "curl", "python3"].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(typed),
  );
  return ["script", ...called, ...(FAR.has(document) ? ["sshd"] : [])];
}

function isInstalled(program: string): boolean {
  if (program === "sshd") return hasSshd; // it is not in everybody's PATH
  return spawnSync(program, ["--version"]).error === undefined;
}

function run(
  document: string,
  exchanges: readonly Exchange[],
): Promise<readonly (readonly string[])[]> {
  return runCommands(
    exchanges.map(({ command }) => command),
    { bin: join(ROOT, "bin"), far: FAR.has(document) ? far : undefined },
  );
}

/** A transcript as it is compared. */
function page(exchanges: readonly Exchange[], outputs: readonly (readonly string[])[]): string {
  const lines = exchanges.flatMap(({ command }, at) => [
    `$ ${command}`,
    ...(outputs[at] ?? ["(did not run)"]).map(normalize),
  ]);
  return lines.join("\n");
}

function check(document: string, exchanges: readonly Exchange[]): void {
  const programs = needs(document, exchanges);

  it.skipIf(!programs.every(isInstalled))(
    `${document} shows what its commands print (needs ${programs.join(", ")})`,
    async () => {
      const written = exchanges.map(({ output }) => output);
      const printed = await run(document, exchanges);

      expect(page(exchanges, printed)).toBe(page(exchanges, written));
    },
    TIMEOUT_MS,
  );
}

function update(document: string, exchanges: readonly Exchange[]): void {
  it(
    `${document} gets what its commands print`,
    async () => {
      const path = join(ROOT, document);
      const printed = await run(document, exchanges);
      writeFileSync(path, replaceOutputs(readFileSync(path, "utf8"), exchanges, printed));

      expect(transcriptOf(document)).toHaveLength(exchanges.length);
    },
    TIMEOUT_MS,
  );
}

for (const { document, exchanges } of transcripts()) {
  (isUpdate ? update : check)(document, exchanges);
}
