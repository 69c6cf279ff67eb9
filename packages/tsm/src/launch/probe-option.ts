import type { Probe } from "../care/probe.ts";
import { commandVector } from "../run/command-vector.ts";
import { portFrom } from "./discover-port.ts";
import { invalidOption } from "./option-values.ts";

/**
 * What a probe's text asks: an http address, a path on the service's port (`/health`), its port itself
 * (`tcp`), another address (`tcp://host:port`, `:port`), or a command.
 * @throws TetraError `INVALID_OPTION`
 */
export function probeOption(option: string, text: string, port: number | undefined): Probe {
  const own = (): number => {
    if (port !== undefined) return port;
    throw invalidOption(option, text, "say on which port: nothing tells the service's");
  };
  if (/^https?:\/\//i.test(text)) {
    if (URL.canParse(text)) return { type: "http", url: text };
    throw invalidOption(option, text, "write an address like http://127.0.0.1:3000/health");
  }
  if (/^\/[^ ]*$/.test(text)) return { type: "http", url: `http://127.0.0.1:${own()}${text}` };
  if (text === "tcp") return { type: "tcp", host: "127.0.0.1", port: own() };
  const [, host, digits] =
    /^tcp:(?:\/\/)?(?:(\[[0-9a-f:]+\]|[^:/]*):)?([^:/]*)$/i.exec(text) ??
    /^():([0-9]+)$/.exec(text) ??
    [];
  if (digits !== undefined) {
    const asked = portFrom(digits);
    if (asked === undefined) throw invalidOption(option, text, "write tcp://127.0.0.1:3000");
    const bare = (host ?? "").replace(/^\[(.*)\]$/, "$1");
    return { type: "tcp", host: bare === "" ? "127.0.0.1" : bare, port: asked };
  }
  const command = commandVector(text);
  if (command.length === 0) throw invalidOption(option, text, "say what to ask");
  return { type: "command", command };
}
