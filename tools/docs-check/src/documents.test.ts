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
  const guides = readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`);
  return ["README.md", ...guides]
    .map((document) => ({ document, exchanges: transcriptOf(document) }))
    .filter(({ exchanges }) => exchanges.length > 0);
}

function transcriptOf(document: string): readonly Exchange[] {
  return readTranscript(readFileSync(join(ROOT, document), "utf8"));
}

/** Programs that a transcript needs and a machine may lack; `script` makes the terminal. */
function needs(document: string, exchanges: readonly Exchange[]): readonly string[] {
  const hasJq = exchanges.some(({ command }) => /\bjq\b/.test(command));
  return ["script", ...(hasJq ? ["jq"] : []), ...(FAR.has(document) ? ["sshd"] : [])];
}

function isInstalled(program: string): boolean {
  if (program === "sshd") return hasSshd; // it is not in everybody's PATH
  return spawnSync(program, ["--version"]).error === undefined;
}

function run(document: string, exchanges: readonly Exchange[]): readonly (readonly string[])[] {
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
    () => {
      const written = exchanges.map(({ output }) => output);

      expect(page(exchanges, run(document, exchanges))).toBe(page(exchanges, written));
    },
    TIMEOUT_MS,
  );
}

function update(document: string, exchanges: readonly Exchange[]): void {
  it(
    `${document} gets what its commands print`,
    () => {
      const path = join(ROOT, document);
      writeFileSync(
        path,
        replaceOutputs(readFileSync(path, "utf8"), exchanges, run(document, exchanges)),
      );

      expect(transcriptOf(document)).toHaveLength(exchanges.length);
    },
    TIMEOUT_MS,
  );
}

for (const { document, exchanges } of transcripts()) {
  (isUpdate ? update : check)(document, exchanges);
}
