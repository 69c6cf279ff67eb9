import type { PortRange } from "./ports-config.ts";

/** The table of `tsm ranges`: a convention, built in; what is configured is in `ports.toml`. */
export const BUILT_IN_RANGES: readonly PortRange[] = [
  { name: "dev", from: 5000, to: 5999 },
  { name: "staging", from: 6000, to: 6999 },
  { name: "proxy", from: 7000, to: 7999 },
  { name: "prod", from: 8000, to: 8999 },
];

/** Ports that the operating system and well-known servers have, and that no service should declare. */
export const IGNORED_PORTS: readonly number[] = [5000, 22, 80, 443, 3306, 5432];

/** Ports that the toolkit's own services have by convention. */
export const STANDARD_PORTS: Readonly<Record<string, number>> = {
  devpages: 4000,
  tetra: 4444,
  arcade: 8400,
  pbase: 2600,
};
