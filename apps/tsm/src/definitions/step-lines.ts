import { type Piece, styled } from "@tetra/cli-kit";
import type { Step } from "@tetra/tsm/definitions";
import { describeChange } from "@tetra/tsm/launch";

const MARK = { start: ["+", "green"], restart: ["~", "yellow"], stop: ["-", "red"] } as const;

/** What a step would do, and why; nothing for one that would do nothing. */
export function stepLines({ name, action, why, differences }: Step): readonly (readonly Piece[])[] {
  if (action === "unchanged") return [];
  const [mark, colour] = MARK[action];
  return [
    [styled(`${mark} ${action} ${name}`, colour), ` (${why})`],
    ...differences.map((change) => [`    ${describeChange(change)}`]),
  ];
}
