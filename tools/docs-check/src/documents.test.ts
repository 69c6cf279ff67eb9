import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { normalize } from "./normalize.ts";
import { runCommands } from "./terminal.ts";
import { type Exchange, readTranscript, replaceOutputs } from "./transcript.ts";

const TIMEOUT_MS = 120_000;
const ROOT = join(import.meta.dirname, "../../..");
const isUpdate = process.env["TETRA_TRANSCRIPTS"] === "update";

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
function needs(exchanges: readonly Exchange[]): readonly string[] {
  return exchanges.some(({ command }) => /\bjq\b/.test(command)) ? ["script", "jq"] : ["script"];
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

function run(exchanges: readonly Exchange[]): readonly (readonly string[])[] {
  return runCommands(
    exchanges.map(({ command }) => command),
    join(ROOT, "bin"),
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
  const programs = needs(exchanges);

  it.skipIf(!programs.every(isInstalled))(
    `${document} shows what its commands print (needs ${programs.join(", ")})`,
    () => {
      const written = exchanges.map(({ output }) => output);

      expect(page(exchanges, run(exchanges))).toBe(page(exchanges, written));
    },
    TIMEOUT_MS,
  );
}

function update(document: string, exchanges: readonly Exchange[]): void {
  it(
    `${document} gets what its commands print`,
    () => {
      const path = join(ROOT, document);
      writeFileSync(path, replaceOutputs(readFileSync(path, "utf8"), exchanges, run(exchanges)));

      expect(transcriptOf(document)).toHaveLength(exchanges.length);
    },
    TIMEOUT_MS,
  );
}

for (const { document, exchanges } of transcripts()) {
  (isUpdate ? update : check)(document, exchanges);
}
