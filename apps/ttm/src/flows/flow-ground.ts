import { type FlowPorts, type Flows, flowsIn } from "@tetra/rag-adapter";
import type { Clock, TransactionStore } from "@tetra/tts-core";
import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path/posix";
import { flowFiles } from "./flow-files.ts";

/** Where flows are, and the project that they are about. */
export interface FlowPlace {
  /** The folder of the flows, absolute. */
  readonly folder: string;
  /** The data root, absolute. */
  readonly root: string;
  readonly cwd: string;
}

/** What works on flows and on their project. */
export interface FlowGround {
  readonly ports: FlowPorts;
  readonly flows: Flows;
  /** The project's folder: absolute, without links on the way. */
  readonly project: string;
  /** Folders in it that are not the project's but Tetra's. */
  readonly kept: readonly string[];
}

/** The flows of an open store, with their project. */
export function flowGround(
  { store, clock }: { readonly store: TransactionStore; readonly clock: Clock },
  place: FlowPlace,
): FlowGround {
  const { folder, root } = place;
  const ports = { store, clock, folder, files: flowFiles() };
  const around = dirname(folder);
  const project = realpathSync(projectOf(place));
  const own = [root, ...PARTS.map((part) => join(root, part)), isOwn(around) ? around : folder];
  return {
    ports,
    flows: flowsIn(ports),
    project,
    // a project below the data root is a project all the same
    kept: own.map(realOrAsIs).filter((kept) => !`${project}/`.startsWith(`${kept}/`)),
  };
}

/** What there is in a data root. */
const PARTS = ["ttm", "tsm", "rag", "config", "logs"] as const;

/** The folder around a project's RAG folder; for flows that are elsewhere, where the caller is. */
function projectOf({ folder, root, cwd }: FlowPlace): string {
  const around = dirname(folder);
  return isOwn(around) && dirname(around) !== root ? dirname(around) : cwd;
}

function isOwn(folder: string): boolean {
  return [".rag", "rag"].includes(basename(folder));
}

function realOrAsIs(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error) return folder; // it is not there yet
    throw error;
  }
}
