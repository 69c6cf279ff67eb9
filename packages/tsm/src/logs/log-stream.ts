/** The two logs of a service: what it writes to standard output and to standard error. */
export type LogStream = "out" | "err";

/** Both, in the order in which they are shown. */
export const STREAMS: readonly LogStream[] = ["out", "err"];
