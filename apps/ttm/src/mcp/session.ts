import type { App } from "../app.ts";
import type { Carrier } from "./carrier.ts";

/** Whether agents may change anything. */
export type Mode = "read" | "operate";

/** One connection of an agent. */
export interface Session {
  /** Nothing of it writes to standard output, which is the protocol's. */
  readonly app: App;
  readonly mode: Mode;
  /** The file that says what agents may do. */
  readonly policyFile: string;
  /** What the client calls itself. */
  readonly agent: () => string;
  readonly carrier: Carrier;
  /** Whether the client is still there. */
  readonly isConnected: () => boolean;
}
