import { portFrom } from "./port-number.ts";

/** Reads a flat file of `name:port` lines, as `TSM_PORTS_FILE` names one; other lines mean nothing. */
export function parseFlatPorts(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split("\n").flatMap((line): readonly [string, number][] => {
      const [, name = "", digits] = /^\s*([^#\s].*?)\s*:\s*([0-9]+)\s*$/.exec(line) ?? [];
      const port = portFrom(digits);
      return port === undefined ? [] : [[name, port]];
    }),
  );
}
