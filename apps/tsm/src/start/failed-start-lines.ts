import { type Failure, type Piece, styled } from "@tetra/cli-kit";
import { describeExit } from "@tetra/tsm";

type Line = readonly Piece[];

/** The part of `details` of `START_FAILED` and `PORT_IN_USE` that is shown. */
interface Details {
  readonly name?: string;
  readonly exit?: Parameters<typeof describeExit>[0];
  readonly stderr?: readonly string[];
  readonly port?: number;
  readonly holder?: { readonly pid?: number; readonly command?: string };
  /** The service that the holder belongs to. */
  readonly service?: string;
}

/** A start that failed, in the original's form: why, who has the port and the ways out, or the last lines. */
export function failedStartLines({ details, hint }: Failure): readonly Line[] {
  // the library's own words: it documents what is in them
  const { name = "", exit, stderr = [], port, holder, service } = (details ?? {}) as Details;
  const why = exit === undefined ? "no PID file" : "process died immediately";
  return [
    [styled(`❌ Failed to start: ${name} (${why})`, "red")],
    ...(exit === undefined ? [] : [[`   ${describeExit(exit)}`]]),
    ...(port === undefined || holder === undefined ? [] : portLines(port, holder, service)),
    ...stderr.map((line): Line => [styled("   │ ", "dim"), line]),
    ...(holder === undefined && stderr.length === 0 && hint !== undefined
      ? [[styled("Hint: ", "dim"), hint]]
      : []),
  ];
}

function portLines(
  port: number,
  { pid, command }: NonNullable<Details["holder"]>,
  service: string | undefined,
): readonly Line[] {
  return [
    [`🔴 Port ${port} is already in use!`],
    [`   Blocking process: PID ${pid ?? "unknown (another user's)"}`],
    [`   Command: ${command === undefined || command === "" ? "unknown" : command}`],
    ...(service === undefined ? [] : [[`   Service: ${service}`]]),
    ["   Ways out:"],
    [
      `     stop it:            tsm ${service === undefined ? `kill --port ${port}` : `stop ${service}`}`,
    ],
    ["     use another port:   tsm start --port <port> ..."],
    [`     look closer:        tsm doctor port ${port}`],
  ];
}
