import { styled, table } from "@tetra/cli-kit";
import { DEFAULT_PATTERNS } from "@tetra/tsm/monitoring";
import type { TsmRun } from "../app.ts";

/** `tsm patterns` */
export const run: TsmRun = async (_args, { out }) => {
  if (out.mode === "json") return out.json({ patterns: DEFAULT_PATTERNS });
  const heading = ["PATTERN", "EVENTS", "MEANING"].map((word) => styled(word, "bold"));
  const rows = DEFAULT_PATTERNS.map(({ name, tokens, description }) => [
    name,
    tokens.join(" "),
    description,
  ]);
  out.printAll(table([heading, ...rows], { columns: out.columns }));
};
