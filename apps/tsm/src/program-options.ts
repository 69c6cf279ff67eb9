import type { Options } from "@tetra/cli-kit";

/** What every command of every program here takes. */
export const PROGRAM_OPTIONS: Options = {
  json: { summary: "print JSON, errors too" },
  dir: {
    value: "PATH",
    summary: "the data root, in place of TETRA_DIR",
    complete: { type: "files" },
  },
};
