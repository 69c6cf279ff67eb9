import { durationText, sizeText } from "../definitions/quantities.ts";
import { showCommand } from "../run/command-vector.ts";

/** A setting of a service for people: a probe as it is typed, lists and parts with commas between. */
export function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(inWords).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(value));
  switch (fields.get("type")) {
    case "http":
      return String(fields.get("url"));
    case "tcp":
      return `tcp://${String(fields.get("host"))}:${String(fields.get("port"))}`;
    case "command":
      return commandText(fields.get("command"));
    default:
  }
  if (fields.has("name") && fields.has("condition")) {
    return `${String(fields.get("name"))}:${String(fields.get("condition"))}`;
  }
  return [...fields].map(partText).join(", ");
}

function partText([key, value]: readonly [string, unknown]): string {
  if (key === "probe") return inWords(value);
  if (typeof value === "number" && key.endsWith("Ms")) {
    return `${spaced(key.slice(0, -2))} ${value === 0 ? "0s" : durationText(value)}`;
  }
  if (typeof value === "number" && key.endsWith("Bytes")) {
    return `${spaced(key.slice(0, -5))} ${sizeText(value)}`;
  }
  return `${spaced(key)} ${inWords(value)}`;
}

/** `maxAge` as `max age`. */
function spaced(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function commandText(command: unknown): string {
  return Array.isArray(command) ? showCommand(command.map(String)) : String(command);
}
