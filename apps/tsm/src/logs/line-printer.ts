import { formatDuration, type Output, type Piece, type Style, styled } from "@tetra/cli-kit";
import { lineJson, lineText, type LogLine } from "@tetra/tsm/logs";

/** How lines are printed. */
export interface LineLook {
  /** The services whose names stand in front of their lines. */
  readonly prefixed: readonly string[];
  readonly hasTimes: boolean;
  /** Bytes as they are. */
  readonly isRaw: boolean;
}

const COLOURS: readonly Style[] = ["cyan", "magenta", "yellow", "green", "blue"];
/** A time that is vaguer says so. */
const EXACT_MS = 1000;
const LINE_END = Buffer.from("\n");
// colours and the like: they say nothing, and showing them would hide what does
// oxlint-disable-next-line no-control-regex -- the sequences begin with one
const LOOKS = /\u001b\[[0-9;:]*m/g;

/** Makes what prints lines of services, for people, for programs, or as JSON. */
export function linePrinter(
  out: Output,
  { prefixed, hasTimes, isRaw }: LineLook,
): (lines: readonly LogLine[]) => void {
  const width = Math.max(0, ...prefixed.map((name) => name.length));

  function frontOf({ service, stream, atMs, precisionMs }: LogLine): readonly Piece[] {
    const front: Piece[] = [];
    if (prefixed.length > 0) {
      const colour = COLOURS[prefixed.indexOf(service) % COLOURS.length] ?? "cyan";
      front.push(styled(`${service.padEnd(width)} | `, colour));
    }
    if (hasTimes) {
      const vague = precisionMs === undefined || precisionMs >= EXACT_MS;
      const by = precisionMs === undefined ? "?" : formatDuration(precisionMs);
      front.push(
        styled(`${new Date(atMs).toISOString()}${vague ? ` (-${by})` : ""} ${stream} `, "dim"),
      );
    }
    return front;
  }

  function plainFront(line: LogLine): string {
    return frontOf(line)
      .map((piece) => (typeof piece === "string" ? piece : piece.text))
      .join("");
  }

  if (out.mode === "json") {
    // one line each: an array would have no end
    return (lines) => out.data(lines.map((line) => `${JSON.stringify(lineJson(line))}\n`).join(""));
  }
  if (isRaw) {
    return (lines) => {
      const parts = lines.flatMap((line) => {
        const end = line.isOpen ? [] : [LINE_END];
        return [Buffer.from(plainFront(line)), line.bytes, ...end];
      });
      out.bytes(Buffer.concat(parts));
    };
  }
  if (out.mode === "plain") {
    return (lines) =>
      out.data(lines.map((line) => `${plainFront(line)}${lineText(line)}\n`).join(""));
  }
  return (lines) => {
    out.printAll(
      lines.map((line) => {
        const text = lineText(line).replaceAll(LOOKS, "").replaceAll("\t", "        ");
        return [...frontOf(line), line.stream === "err" ? styled(text, "red") : text];
      }),
    );
  };
}
