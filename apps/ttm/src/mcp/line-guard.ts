import { Transform, type TransformCallback } from "node:stream";

/** The most that one message may hold, in bytes. */
export const MOST_IN_LINE: number = 16 * 1024 * 1024;
/** The deepest that objects and lists may be nested in one. */
const DEEPEST_IN_LINE = 100;

/** An answer to a line that is no message. */
export interface LineRefusal {
  readonly jsonrpc: "2.0";
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string };
}

/** What a guard does besides letting lines through. */
export interface LineGuardOptions {
  /** Told of each line that is not let through. */
  readonly refuse: (refusal: LineRefusal) => void;
  /** Told of each message that is; when this throws, it is refused after all. */
  readonly onMessage?: (message: unknown) => void;
  /** Calls back when more may come: whoever does not read its answers is not asked for more. */
  readonly whenReady?: (go: () => void) => void;
  readonly mostBytes?: number;
}

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INTERNAL_ERROR = -32_603;
const LINE_END = 10;
/** Where the id of a message that is not read may be seen: clients write it first or last. */
const SEEN = 200;

/**
 * Lets whole lines through that are JSON-RPC messages, and answers others: a line that is too long or
 * nested too deep is never kept, parsed or handed on whole.
 */
export function lineGuard(options: LineGuardOptions): Transform {
  const {
    refuse,
    onMessage = () => {},
    whenReady = (go) => go(),
    mostBytes = MOST_IN_LINE,
  } = options;
  let parts: Buffer[] = [];
  let bytes = 0;
  let skipped: { readonly head: Buffer; tail: Buffer } | undefined;

  function add(part: Buffer): void {
    bytes += part.length;
    if (skipped !== undefined) {
      skipped.tail = lastOf(Buffer.concat([skipped.tail, lastOf(part)]));
    } else if (bytes > mostBytes) {
      const all = Buffer.concat([...parts, part]);
      skipped = { head: all.subarray(0, SEEN), tail: lastOf(all) };
      parts = [];
    } else {
      parts.push(part);
    }
  }

  function endLine(): Buffer | undefined {
    const line = Buffer.concat(parts);
    const dropped = skipped;
    parts = [];
    bytes = 0;
    skipped = undefined;
    if (dropped !== undefined) {
      const id = idIn(`${dropped.head.toString("latin1")}\n${dropped.tail.toString("latin1")}`);
      refuse(refusal(id, INVALID_REQUEST, `a message may have ${mostBytes} bytes at most`));
      return undefined;
    }
    return judged(line);
  }

  function judged(line: Buffer): Buffer | undefined {
    if (line.every((byte) => byte === 32 || byte === 9 || byte === 13)) return undefined;
    if (depthOf(line) > DEEPEST_IN_LINE) {
      refuse(refusal(null, INVALID_REQUEST, `nested more than ${DEEPEST_IN_LINE} deep`));
      return undefined;
    }
    let message: unknown;
    try {
      message = JSON.parse(line.toString("utf8"));
    } catch {
      refuse(refusal(null, PARSE_ERROR, "not JSON"));
      return undefined;
    }
    const problem = problemOf(message);
    if (problem !== undefined) {
      refuse(refusal(idOf(message), INVALID_REQUEST, problem));
      return undefined;
    }
    try {
      onMessage(message);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      refuse(refusal(idOf(message), INTERNAL_ERROR, why));
      return undefined;
    }
    return Buffer.concat([line, Buffer.of(LINE_END)]);
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      let from = 0;
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
        add(chunk.subarray(from, end));
        const line = endLine();
        if (line !== undefined) this.push(line);
        from = end + 1;
      }
      if (from < chunk.length) add(chunk.subarray(from));
      whenReady(() => done());
    },
  });
}

/** Why something is not one JSON-RPC message. */
function problemOf(message: unknown): string | undefined {
  if (Array.isArray(message)) return "batches are not supported: send one message a line";
  if (typeof message !== "object" || message === null) return "a message is an object";
  if (fieldOf(message, "jsonrpc") !== "2.0") return 'jsonrpc must be "2.0"';
  const id = fieldOf(message, "id");
  if (id !== undefined && typeof id !== "string" && !Number.isInteger(id)) {
    return "id must be text or a whole number";
  }
  const method = fieldOf(message, "method");
  if (method !== undefined) {
    if (typeof method !== "string") return "method must be text";
    const params = fieldOf(message, "params");
    const isObject = typeof params === "object" && params !== null && !Array.isArray(params);
    return params === undefined || isObject ? undefined : "params must be an object";
  }
  const isAnswer = id !== undefined && ("result" in message || "error" in message);
  return isAnswer ? undefined : "a message has a method, or answers one";
}

/** How deep a line is nested, told without parsing it. */
function depthOf(line: Buffer): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < line.length; at += 1) {
    const byte = line[at];
    if (inText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) {
      inText = true;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
  return deepest;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

function idOf(message: unknown): string | number | null {
  const id = fieldOf(message, "id");
  return typeof id === "string" || (typeof id === "number" && Number.isInteger(id)) ? id : null;
}

/** The id in what is seen of a message that is too long, as far as it can be told. */
function idIn(seen: string): string | number | null {
  const [, number, text] = /"id":\s*(?:(-?\d{1,15})|"([^"\\]{1,100})")\s*[,}]/u.exec(seen) ?? [];
  return number === undefined ? (text ?? null) : Number(number);
}

function lastOf(bytes: Buffer): Buffer {
  return bytes.subarray(-SEEN);
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function refusal(id: string | number | null, code: number, message: string): LineRefusal {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
