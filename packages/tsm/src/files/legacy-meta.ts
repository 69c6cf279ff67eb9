import { parseMeta, type Meta } from "./meta.ts";

const KEYS = "script|pid|port|start_time|type|cwd|node_env|tsm_id";
const PAIRS = new RegExp(`(?:^|\\s)(${KEYS})=(.*?)(?=\\s+(?:${KEYS})=|\\s*$)`, "g");

/**
 * Reads a flat `<name>.meta` of TPM and its successor: one line of `key=value`, unquoted, so that paths
 * may hold blanks. Nothing in it is evaluated.
 */
export function parseLegacyMeta(text: string, name: string): Meta {
  const line = text.replaceAll(/[\r\n]+/g, " ");
  const read: Record<string, string> = {};
  for (const [, key = "", value = ""] of line.matchAll(PAIRS)) read[key] = value;
  const { script = "", ...others } = read;
  return parseMeta(JSON.stringify({ ...others, command: script, process_type: "bash" }), name);
}
