import { showCommand } from "../run/command-vector.ts";
import type { ProbeKeys } from "./service-keys.ts";

/** A probe as one text: an http address or path, `tcp`, `tcp://host:port`, else a command. */
export function probeText(probe: string | ProbeKeys): string {
  if (typeof probe === "string") return probe;
  const { http, tcp, command } = probe;
  if (http !== undefined) return http;
  if (tcp === true) return "tcp";
  if (tcp !== undefined) {
    return typeof tcp === "number"
      ? `tcp://127.0.0.1:${tcp}`
      : `tcp://${tcp.replace(/^tcp:\/\//, "")}`;
  }
  const text = typeof command === "string" ? command : showCommand((command ?? []).map(String));
  // quotes make it a command for the shell, whatever it looks like
  return /^(?:https?:|tcp|\/)/.test(text) && !text.includes(" ") ? `'${text}'` : text;
}

/** What a probe's text asks. */
export function probeKeys(text: string): ProbeKeys {
  if (/^(?:https?:\/\/|\/[^ ]*$)/.test(text)) return { http: text };
  if (text === "tcp") return { tcp: true };
  const [, address] = /^tcp:\/\/(.+)$/.exec(text) ?? [];
  return address === undefined ? { command: text } : { tcp: address };
}
