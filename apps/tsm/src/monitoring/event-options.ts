import type { Options } from "@tetra/cli-kit";

/** Options of every command that reads events. */
export const EVENT_OPTIONS: Options = {
  lines: {
    short: "n",
    value: "N",
    summary: "of each service and stream, so many of the last lines that may be events (10000)",
  },
  since: { value: "TIME", summary: "only since then: a span such as 2h or 7d, or a date" },
  pattern: {
    short: "p",
    value: "WORD",
    repeats: true,
    summary: "only these: a pattern, a token, or a category or event; * stands for anything",
    complete: { type: "ask", topic: "patterns" },
  },
};
