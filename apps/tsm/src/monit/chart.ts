const EIGHTHS = " ▁▂▃▄▅▆▇█";

/** How a chart is drawn. */
export interface ChartLayout {
  /** Columns; the newest value is in the last one. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
  /** The value of a full column. */
  readonly full: number;
}

/** Values as columns of blocks, the oldest first, in lines from the top. */
export function chart(values: readonly number[], layout: ChartLayout): readonly string[] {
  const { width, height, full } = layout;
  const shown = values.slice(-width);
  const eighths = shown.map((value) => filled(value, full, height * 8));
  const empty = " ".repeat(Math.max(0, width - shown.length));
  return Array.from({ length: height }, (_, line) => {
    const below = (height - 1 - line) * 8;
    const blocks = eighths.map(
      (eighth) => EIGHTHS[Math.max(0, Math.min(8, eighth - below))] ?? " ",
    );
    return empty + blocks.join("");
  });
}

/** What is not nothing is seen: at least one eighth. */
function filled(value: number, full: number, most: number): number {
  if (!(value > 0) || full <= 0) return 0;
  return Math.max(1, Math.min(most, Math.round((value / full) * most)));
}
