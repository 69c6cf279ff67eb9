import type { Arguments } from "@tetra/cli-kit";
import type { Services } from "@tetra/tsm";
import {
  type Launch,
  type LaunchHost,
  type LaunchRequest,
  planAndClaim,
  planLaunch,
} from "@tetra/tsm/launch";
import type { App } from "../app.ts";

/** What one word, or all of them, came to. */
export interface Planned {
  /** The definition's address; absent: a command, or a service that is started again. */
  readonly defined?: string;
  /** What is odd about the definition; a line each. */
  readonly warnings?: readonly string[];
  readonly launches: readonly Launch[];
}

/** What planning takes. */
export interface Planning {
  readonly app: App;
  readonly args: Arguments;
  readonly services: Services;
  readonly host: LaunchHost;
}

/** Plans a request; whoever only wants to see it claims no name. */
export async function plan(
  { args, host }: Pick<Planning, "args" | "host">,
  request: LaunchRequest,
): Promise<readonly Launch[]> {
  return args.has("dry-run") ? planLaunch(host, request) : planAndClaim(host, request);
}
