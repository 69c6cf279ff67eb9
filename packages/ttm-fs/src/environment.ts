import type { FileSystem } from "@tetra/durable-fs";
import type { EventLoop } from "./event-loop.ts";
import type { Progress } from "./store-api.ts";

/** What every part of one open store shares. */
export interface Environment {
  readonly fs: FileSystem;
  /** The folder that holds the transactions. */
  readonly root: string;
  /** Twelve characters that nobody else has. */
  readonly random: () => string;
  /** Differs from one boot of the machine to the next. */
  readonly bootId: () => string;
  /** Milliseconds since the epoch: when what others changed was found. */
  readonly nowMs: () => number;
  readonly readOnly: boolean;
  readonly onProgress: (progress: Progress) => void;
  readonly loop: EventLoop;
}
