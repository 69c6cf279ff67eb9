/** A call, with what it takes to answer the right one. */
export interface ShellRequest {
  /** The token that the caller took its turn with; `-` when it needed none. */
  readonly token: string;
  /** Comes back with the answer: `PID.SERIAL`. */
  readonly id: string;
  /** Process id of the shell or subshell that calls. */
  readonly caller: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
  readonly args: readonly string[];
}

/** Puts requests together from the pieces in which they arrive. */
export interface RequestReader {
  /** @returns the requests that are complete with this piece, in order. */
  readonly push: (piece: Buffer) => readonly ShellRequest[];
  /** Forgets a request that will not be completed. */
  readonly reset: () => void;
}

// A request is what a shell can write without starting a process: fields, each ended by a NUL, which no
// argument can contain. Whatever got into the pipe before it takes one of the two empty fields with it.
//
//   "" "" TOKEN ID CWD (NAME=VALUE)* "" COUNT FUNCTION ARGUMENT*
const FIELD_END = 0x00;

/** A reader at the beginning of a request. */
export function requestReader(): RequestReader {
  let pieces: Buffer[] = [];
  let request = readRequest();
  request.next();

  function reset(): void {
    pieces = [];
    request = readRequest();
    request.next();
  }

  return {
    reset,
    push(piece) {
      const complete: ShellRequest[] = [];
      let rest = piece;
      for (let at = rest.indexOf(FIELD_END); at !== -1; at = rest.indexOf(FIELD_END)) {
        const end = rest.subarray(0, at);
        const field = (pieces.length === 0 ? end : Buffer.concat([...pieces, end])).toString();
        pieces = [];
        rest = rest.subarray(at + 1);
        const { done, value } = request.next(field);
        if (done === true) {
          complete.push(value);
          reset();
        }
      }
      if (rest.length > 0) pieces.push(rest);
      return complete;
    },
  };
}

/** Is given one field after another. */
function* readRequest(): Generator<undefined, ShellRequest, string> {
  let token = yield;
  while (token !== "") token = yield;
  while (token === "") token = yield;
  const id = yield;
  const cwd = yield;
  const env = new Map<string, string>();
  for (let field = yield; field !== ""; field = yield) {
    const at = field.indexOf("=");
    env.set(field.slice(0, at), field.slice(at + 1));
  }
  const count = Number(yield);
  const words: string[] = [];
  while (words.length < count) words.push(yield);
  const [name = "", ...args] = words;
  return {
    token,
    id,
    caller: Number.parseInt(id, 10),
    cwd,
    env: Object.fromEntries(env),
    name,
    args,
  };
}
