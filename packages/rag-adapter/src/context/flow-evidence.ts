import { contextNumber, FIRST_EVIDENCE } from "@tetra/tts-core";
import { parseEvidence } from "../evidence/evidence-file.ts";
import {
  type EvidencePiece,
  type EvidenceStore,
  evidenceStore,
} from "../evidence/evidence-store.ts";
import type { FlowPorts } from "../flow-ports.ts";
import { type Found, textOf } from "./evidence.ts";

/**
 * The evidence of a flow, in order: the evidence files that are on by rank, then the numbered files of `ctx/`
 * from 100 on.
 */
export async function flowEvidence(ports: FlowPorts, id: string): Promise<readonly Found[]> {
  const evidence = evidenceStore(ports);
  const found: Found[] = [];
  for (const piece of await evidence.list(id)) {
    if (piece.isActive) found.push(await foundPiece(evidence, piece));
  }
  for (const entry of await ports.store.listContext(id)) {
    const number = contextNumber(entry.name);
    if (number === undefined || number < FIRST_EVIDENCE) continue;
    const path = `ctx/${entry.name}`;
    if (entry.kind === "folder") found.push(unusable(path, "unreadable", "a folder"));
    else found.push(foundText(path, await ports.store.readContext(id, entry.name)));
  }
  return found;
}

async function foundPiece(evidence: EvidenceStore, piece: EvidencePiece): Promise<Found> {
  const { name, form, source = name, span, tags } = piece;
  let bytes: Uint8Array;
  try {
    bytes = await evidence.read(piece);
  } catch (error) {
    if (error instanceof Error && "code" in error) return unusable(source, "missing", name);
    throw error;
  }
  if (form === "link") return foundText(source, bytes);
  const text = textOf(bytes);
  if (text === undefined) return unusable(name, "binary");
  const parsed = parseEvidence(text);
  if (parsed === undefined) return foundText(`ctx/evidence/${name}`, bytes);
  const path = parsed.heading === "" ? source : parsed.heading;
  return { type: "evidence", evidence: { path, span, tags, text: parsed.text } };
}

function foundText(path: string, bytes: Uint8Array): Found {
  const text = textOf(bytes);
  if (text === undefined) return unusable(path, "binary");
  return { type: "evidence", evidence: { path, span: "full", tags: [], text } };
}

function unusable(
  path: string,
  reason: "binary" | "unreadable" | "missing",
  detail?: string,
): Found {
  const more = detail === undefined ? {} : { detail };
  return { type: "unusable", unusable: { path, span: "full", reason, ...more } };
}
