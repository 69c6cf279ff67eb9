/**
 * The bytes of a simulated file. Snapshots share memory with it: a write copies only when it would
 * change what a snapshot shows, so that appending (what durable code mostly does) copies nothing.
 */
export class FileContent {
  #buffer: Uint8Array;
  #size: number;
  /** Bytes before this one are seen by a snapshot and must not change in place. */
  #frozen: number;

  /** Starts as `bytes`, which must not change any more. */
  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#buffer = bytes;
    this.#size = bytes.length;
    this.#frozen = bytes.length;
  }

  get size(): number {
    return this.#size;
  }

  /** The bytes as they are now, for good. */
  snapshot(): Uint8Array {
    this.#frozen = Math.max(this.#frozen, this.#size);
    return this.#buffer.subarray(0, this.#size);
  }

  /** A copy of up to `length` bytes from `position`. */
  read(position: number, length: number): Uint8Array {
    return this.#buffer.slice(position, Math.min(position + length, this.#size));
  }

  /** Writes; a gap before `offset` is filled with zeros. */
  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    this.#makeWritable(Math.min(offset, this.#size), end);
    if (offset > this.#size) this.#buffer.fill(0, this.#size, offset);
    this.#buffer.set(bytes, offset);
    this.#size = Math.max(this.#size, end);
  }

  /** Cuts, or extends with zeros. */
  truncate(length: number): void {
    if (length > this.#size) {
      this.#makeWritable(this.#size, length);
      this.#buffer.fill(0, this.#size, length);
    }
    this.#size = length;
  }

  #makeWritable(from: number, end: number): void {
    if (from >= this.#frozen && end <= this.#buffer.length) return;
    const bigger = new Uint8Array(Math.max(end, this.#size, Math.min(2 * end, end + 65_536)));
    bigger.set(this.#buffer.subarray(0, this.#size));
    this.#buffer = bigger;
    this.#frozen = 0;
  }
}
