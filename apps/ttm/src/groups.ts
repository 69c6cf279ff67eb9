// headings of the overview that stand in several lists of commands

export const LIFECYCLE = "Transaction Lifecycle";
export const TES = "TES Integration";
export const SAGAS = "Sagas";
export const FLOWS = "RAG Flows";
export const TWO_PHASE = "Two-Phase Commit";
export const QUERY = "Query";
export const CARE = "Care";
