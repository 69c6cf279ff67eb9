import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** What is sent to the far side. Its length is known before, so that half of it can be told from all. */
export type Content = string | Uint8Array | SizedContent;

/** Content that comes in pieces. */
export interface SizedContent {
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A file as content. If it changes its size meanwhile, the far side refuses it. */
export async function fileContent(path: string): Promise<SizedContent> {
  const { size } = await stat(path);
  return { bytes: size, chunks: createReadStream(path, { highWaterMark: 256 * 1024 }) };
}

/** As it goes over the wire: a line with the length, then the content. */
export async function* framed(content: Content): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${lengthOf(content)}\n`);
  yield* chunksOf(content);
}

/** The content alone. */
export async function* chunksOf(content: Content): AsyncGenerator<Uint8Array> {
  if (typeof content === "string") yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content.chunks;
}

function lengthOf(content: Content): number {
  if (typeof content === "string") return Buffer.byteLength(content);
  return content instanceof Uint8Array ? content.byteLength : content.bytes;
}
