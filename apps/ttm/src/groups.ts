// headings of the overview that stand in several lists of commands

export const LIFECYCLE = "Transaction Lifecycle";
export const TES = "TES Integration";
