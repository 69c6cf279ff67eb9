// Files are patched as bytes, each as one character: whatever their encoding is, what a patch does not touch
// stays as it was.

/** Bytes as text, one character each. */
export function byteText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The opposite of `byteText`. */
export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Text as the characters of its UTF-8 bytes. */
export function utf8AsByteText(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
