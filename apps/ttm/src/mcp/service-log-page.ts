import { lineText, type LogLine, openLogs } from "@tetra/tsm/logs";
import { serviceFolder } from "../agent-policy/known-services.ts";
import { masksOf } from "./masks.ts";
import type { Session } from "./session.ts";

/** Lines that a service has printed. */
export interface ToldLines {
  readonly lines: readonly {
    readonly stream: "out" | "err";
    readonly at: string;
    readonly line: string;
  }[];
  /** Whether there was more than fits; then the earliest are missing. */
  readonly is_cut: boolean;
}

/** Which lines. */
export interface LogWish {
  readonly lines: number;
  readonly stream: "both" | "out" | "err";
  /** RFC 3339. */
  readonly since?: string;
  readonly contains?: string;
}

const MOST_IN_LINE = 8192;
const MOST_IN_PAGE = 524_288;

/** Reads the last lines, secrets masked before anything is cut or looked for. @throws TetraError `SERVICE_NOT_FOUND`, `INVALID_SERVICE` */
export async function logPage(
  { app, policyFile }: Pick<Session, "app" | "policyFile">,
  name: string,
  { lines, stream, since, contains }: LogWish,
): Promise<ToldLines> {
  const query = {
    lines,
    ...(stream === "both" ? {} : { streams: [stream] as const }),
    ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    // as text, never as a pattern: one that somebody else made up could take for ever
    ...(contains === undefined ? {} : { grep: escaped(contains) }),
  };
  const read: LogLine[] = [];
  for await (const batch of openLogs({ folder: serviceFolder(app) }).read(name, query)) {
    read.push(...batch);
  }
  const masks = masksOf({ app, policyFile });
  const told = read
    .slice(-lines)
    .map((line) => ({
      stream: line.stream,
      at: new Date(line.atMs).toISOString(),
      line: masks.text(lineText(line)),
    }))
    // who looks for what is masked must not learn that it is there
    .filter(({ line }) => contains === undefined || line.includes(contains))
    .map(({ stream: from, at, line }) => ({ stream: from, at, line: line.slice(0, MOST_IN_LINE) }));
  let size = 0;
  const from = told.findLastIndex((each) => (size += each.line.length) > MOST_IN_PAGE) + 1;
  return { lines: told.slice(from), is_cut: from > 0 || read.length > lines };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/gu, String.raw`\$&`);
}
