/** What a {@link TetraError} carries besides its code and message. */
export interface TetraErrorOptions {
  /** What the person can do next: one imperative sentence. */
  readonly hint?: string;
  /** Facts for machines: ids, stages, paths. JSON values only. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The error that led here. */
  readonly cause?: unknown;
}

const NAME = "TetraError";

/**
 * The one error class that crosses package boundaries.
 *
 * The message is one line that names what was wrong and where. A plain `Error` means a bug in our code.
 */
export class TetraError<Code extends string = string> extends Error {
  /** Always `TetraError`; it recognises instances across two installed copies of this package. */
  override readonly name: string = NAME;
  /** Stable and greppable; the command lines map it to an exit status. */
  readonly code: Code;
  /** What the person can do next: one imperative sentence. */
  readonly hint: string | undefined;
  /** Facts for machines: ids, stages, paths. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: Code, message: string, options: TetraErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/**
 * Whether `error` is a {@link TetraError}, made by this copy of the package or another, and has the
 * code `code` when one is given.
 */
export function isTetraError<Code extends string>(
  error: unknown,
  code?: Code,
): error is TetraError<Code> {
  if (!(error instanceof Error) || error.name !== NAME || !("code" in error)) return false;
  return code === undefined || error.code === code;
}
