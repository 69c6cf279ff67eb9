/** What whoever has a token may do: look, or also change things. */
export const MODES = ["read", "operate"] as const;

/** One of {@link MODES}. */
export type Mode = (typeof MODES)[number];
