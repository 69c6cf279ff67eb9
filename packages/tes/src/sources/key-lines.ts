/** Where the keys of a document are: a line (from 1) for each path. */
export class KeyLines {
  readonly #lines = new Map<string, number>();

  /**
   * Notes where a key is; the first mention counts.
   * @param under what `add` returned for the key around it; `""` for none.
   */
  add(under: string, key: string, line: number): string {
    const id = `${under}\0${key}`;
    if (!this.#lines.has(id)) this.#lines.set(id, line);
    return id;
  }

  /** The line of a key, or of the nearest thing around it that has one. */
  of(path: readonly string[]): number | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const line = this.#lines.get(idOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  }
}

function idOf(path: readonly string[]): string {
  return path.map((key) => `\0${key}`).join("");
}
