/** What was judged. */
export interface Pinned {
  readonly program?: string | undefined;
  /** Without links; absent on another machine. */
  readonly cwd?: string | undefined;
}

/** A command's data, whose links may be exchanged by now: they must not lead elsewhere than was judged. */
export function pinned(data: unknown, { program, cwd }: Pinned): unknown {
  if (typeof data !== "object" || data === null || !("run" in data)) return data;
  const words: unknown = data.run;
  const run = Array.isArray(words) && program !== undefined ? [program, ...words.slice(1)] : words;
  return { ...data, run, ...(cwd === undefined ? {} : { cwd }) };
}
