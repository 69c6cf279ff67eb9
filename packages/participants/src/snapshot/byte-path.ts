/**
 * A path as the kernel has it: bytes, not text. Each character stands for one byte (latin1), so that names that are not
 * UTF-8 survive, and paths can still be joined, compared and used as keys.
 */
export type BytePath = string;

/** The bytes of a path that came as text. */
export function toBytePath(path: string): BytePath {
  return Buffer.from(path, "utf8").toString("latin1");
}

/** What `node:fs` wants. */
export function bytesOf(path: BytePath): Buffer {
  return Buffer.from(path, "latin1");
}

/** For people: as text, with what a terminal could misread escaped. */
export function shown(path: BytePath): string {
  return JSON.stringify(bytesOf(path).toString("utf8")).slice(1, -1);
}

/** A path below a folder; `""` is the folder itself. */
export function below(folder: BytePath, relative: BytePath): BytePath {
  return relative === "" ? folder : `${folder}/${relative}`;
}
