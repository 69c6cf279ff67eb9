/** What keeps the daemon small: it has little to compute. After restarts they save a quarter of its memory. */
export const DAEMON_NODE_FLAGS: readonly string[] = [
  "--max-semi-space-size=1",
  "--v8-pool-size=1",
  "--optimize-for-size",
  "--max-lazy",
];
