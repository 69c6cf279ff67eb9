import type { PortSource } from "./launch-request.ts";
import type { ProcessType } from "./process-type.ts";

/** Where a port may be said; each is looked at only when those before it say nothing. */
export interface PortClues {
  /** `--port`; `none` ends the search. */
  readonly option: number | "none" | undefined;
  readonly envFile: number | undefined;
  readonly definition: number | undefined;
  /** The whole command as one text. */
  readonly command: string;
  readonly type: ProcessType;
  /** The text of the script that is run. */
  readonly script: string | undefined;
}

/** A port, and where it was found. */
export interface FoundPort {
  readonly port: number | undefined;
  readonly source: PortSource;
}

/** Finds the port in the documented order. */
export function discoverPort(clues: PortClues): FoundPort {
  if (clues.option === "none") return { port: undefined, source: "none" };
  const rungs: readonly (readonly [source: PortSource, look: () => number | undefined])[] = [
    ["option", () => (clues.option === "none" ? undefined : clues.option)],
    ["env file", () => clues.envFile],
    ["definition", () => clues.definition],
    ["assignment", () => assignedPort(clues.command)],
    ["script", () => scriptPort(clues.script ?? "", clues.type)],
    ["command", () => commandPort(clues.command)],
  ];
  for (const [source, look] of rungs) {
    const port = look();
    if (port !== undefined) return { port, source };
  }
  return { port: undefined, source: "none" };
}

/** A text that is a port number; anything else is none. */
export function portFrom(text: string | undefined): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text ?? "") ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

/** `PORT=3001` among the words of a command. */
function assignedPort(command: string): number | undefined {
  return firstPort(command.matchAll(/(?:^|[\s;&|])(?:TETRA_)?PORT=["']?([0-9]{1,5})(?![0-9])/g));
}

/** What a shell script assigns: `PORT=3000`, `export PORT="3000" # web`, `PORT=${PORT:-3000}`. */
const ASSIGNED_IN_SHELL =
  /^[ \t]*(?:export[ \t]+)?PORT=[ \t]*["']?(?:\$\{(?:TETRA_)?PORT:?[-=])?([0-9]{1,5})\}?["']?[ \t]*(?:#.*|;.*)?$/gm;
/** `PORT = 3000`, `process.env.PORT || 3000`, `os.environ.get("PORT", 3000)` … */
const SAID_IN_CODE = /\bPORT\b.*?(?:=|\|\||\?\?|\bor\b|,).*?(?<![\w.])([0-9]{4,5})(?![\w.])/;
/** `const port = 3000` */
const NAMED_IN_CODE =
  /^[ \t]*(?:(?:export|const|let|var|local)[ \t]+)*port\b[^=]*=.*?(?<![\w.])([0-9]{4,5})(?![\w.])/i;
/** No person wrote a line longer than this, and looking through it would take long. */
const LONGEST_LINE = 500;
const COMMENT = /^[ \t]*(?:\/\/|\/?\*|#|--)/;

/** The port that a script says, by the habits of its language. */
export function scriptPort(text: string, type: ProcessType): number | undefined {
  if (type === "bash") return firstPort(text.matchAll(ASSIGNED_IN_SHELL));
  if (type !== "node" && type !== "python") return undefined;
  for (const line of text.split("\n")) {
    if (line.length > LONGEST_LINE || COMMENT.test(line)) continue;
    const [, port] = SAID_IN_CODE.exec(line) ?? NAMED_IN_CODE.exec(line) ?? [];
    if (portFrom(port) !== undefined) return portFrom(port);
  }
  return undefined;
}

/** Four or five digits directly after `:`, `PORT=`, `-p`, `--port`, `--port=`, or a blank. */
function commandPort(command: string): number | undefined {
  return firstPort(command.matchAll(/(?:[\s:]|PORT=|-p=?|--port=?)([0-9]{4,5})(?![\w.-])/g));
}

function firstPort(found: Iterable<RegExpMatchArray>): number | undefined {
  return Array.from(found, ([, digits]) => portFrom(digits)).find((port) => port !== undefined);
}
