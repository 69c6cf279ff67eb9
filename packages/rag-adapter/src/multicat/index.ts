export { type MulticatBlock, pathOf } from "./block.ts";
export type { MulticatErrorCode } from "./errors.ts";
export { formatMulticat } from "./format-multicat.ts";
export { type Multicat, parseMulticat } from "./parse-multicat.ts";
