import { TetraError } from "@tetra/errors";
import {
  connector,
  type Connector,
  destination,
  isLocal,
  parseTopology,
  type Topology,
} from "@tetra/tes";
import { readFileSync } from "node:fs";
import type { TtmErrorCode } from "./errors.ts";

/** The content of a `topology.json`; nothing when there is no such file. */
export function readTopology(file: string): Topology | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new TetraError<TtmErrorCode>("IO", `${file}: cannot be read (${code})`, {
      hint: "look at its permissions",
      details: { file },
      cause,
    });
  }
  return parseTopology(text, file);
}

/** Where a target leads: what `tes_plan` holds. */
export function destinationOf(target: string, topologyFile: string): string {
  return destination(target, readTopology(topologyFile));
}

/** The topology's entry of a target. */
export function connectorOf(target: string, topologyFile: string): Connector | undefined {
  return connector(target, readTopology(topologyFile));
}

/** Whether a target is this machine. */
export function isLocalTarget(target: string, topologyFile: string): boolean {
  return isLocal(target, readTopology(topologyFile));
}
