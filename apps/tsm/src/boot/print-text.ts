import type { App } from "../app.ts";

/** Prints a text of several lines. */
export function printText({ out }: Pick<App, "out">, text: string): void {
  out.printAll(
    text
      .trimEnd()
      .split("\n")
      .map((line) => [line]),
  );
}
