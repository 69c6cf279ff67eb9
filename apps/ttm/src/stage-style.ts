import { type Span, type Style, styled } from "@tetra/cli-kit";

const STYLES: Readonly<Record<string, readonly Style[]>> = {
  NEW: ["blue"],
  SELECT: ["cyan"],
  ASSEMBLE: ["cyan"],
  EXECUTE: ["yellow"],
  VALIDATE: ["magenta"],
  DONE: ["green"],
  FAIL: ["red", "bold"],
};

/** A stage in its colour. */
export function stageSpan(stage: string, text: string = stage): Span {
  return styled(text, ...(STYLES[stage] ?? ["bold"]));
}
