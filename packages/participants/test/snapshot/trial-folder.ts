import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Branch, Participant } from "@tetra/tts-core/two-phase-commit";
import { afterAll, beforeEach, expect } from "vitest";
import { snapshotParticipant } from "../../src/snapshot/index.ts";

/** The branch that {@link begin} begins. */
export const BRANCH: Branch = { txn: "t1", participant: "files" };
/** Whether the tests may do what only root may. */
export const isRoot: boolean = process.geteuid?.() === 0;

/** What all the folders are in. */
export const home: string = fs.mkdtempSync(join(tmpdir(), "tetra-snapshot-"));
/** The folder that the test's folder is in. */
export let parent: string;
/** The folder of the test: new and empty at its start. */
export let folder: string;
/** The folder as a participant. */
export let participant: Participant;

/** Gives each test of the file a folder of its own. */
export function useTrialFolder(): void {
  beforeEach(() => {
    parent = fs.mkdtempSync(join(home, "t-"));
    folder = join(parent, "data");
    fs.mkdirSync(folder);
    participant = snapshotParticipant({ name: "files", folder });
  });
  // not with `fs.rmSync`, which cannot remove what is as deep as some tests make it
  afterAll(() => execFileSync("rm", ["-rf", home]));
}

/** Runs a script of bash in the folder, or elsewhere. */
export function shell(script: string, cwd: string = folder): void {
  execFileSync("bash", ["-ec", script], { cwd });
}

/** A text with these words in it. */
export function says(words: string): unknown {
  return expect.stringContaining(words);
}

/** Begins a branch on the folder. */
export async function begin(branch: Branch = BRANCH): Promise<void> {
  await participant.begin?.(branch);
}

/** What is beside the folder. */
export function besides(): readonly string[] {
  return fs.readdirSync(parent).filter((name) => name !== "data");
}
