import { type FarMachine, hasSshd, startFarMachine } from "@tetra/test-sshd";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Sandbox, sandbox } from "./ttm.ts";

export { hasSshd };

/** One far machine for all tests of a file. @returns asks for it; it is there once tests run. */
export function farMachine(): () => FarMachine {
  let machine: FarMachine | undefined;
  beforeAll(async () => {
    if (hasSshd) machine = await startFarMachine();
  });
  afterAll(() => machine?.stop());
  return () => {
    if (machine === undefined) throw new Error("no sshd");
    return machine;
  };
}

const TOPOLOGY = {
  "@local": { type: "local", host: "localhost" },
  "@staging": { type: "ssh", host: "web1", description: "the staging machine" },
  "@prod": { type: "ssh", host: "web1" },
  "@frozen": { type: "ssh", host: "web1", write: "refused" },
  "@cuttable": { type: "ssh", host: "cuttable" },
  "@stranger": { type: "ssh", host: "stranger" },
  "@imposter": { type: "ssh", host: "imposter" },
  "@unknown": { type: "ssh", host: "unknown" },
  "@refused": { type: "ssh", host: "refused" },
};

/** A sandbox from which the symbols lead to the far machine. */
export function sandboxNear({ env }: Pick<FarMachine, "env">): Sandbox {
  const box = sandbox({ ...env });
  writeTopology(box, TOPOLOGY);
  return box;
}

/** Writes the `topology.json` of a sandbox. */
export function writeTopology({ root }: Sandbox, topology: unknown): string {
  mkdirSync(join(root, "ttm"), { recursive: true });
  const file = join(root, "ttm", "topology.json");
  writeFileSync(file, `${JSON.stringify(topology, undefined, 2)}\n`);
  return file;
}
