import { TetraError } from "@tetra/errors";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Places } from "../data-root.ts";
import type { TtmErrorCode } from "../errors.ts";
import { type AgentPolicy, invalid, parseAgentPolicy } from "./agent-policy.ts";

/** The file that says what agents may do: the one that was named, else that of the data root. */
export function policyFileOf(
  { root }: Pick<Places, "root">,
  named: { readonly policy: string | undefined; readonly cwd: () => string },
): string {
  const { policy, cwd } = named;
  return policy === undefined ? join(root, "config", "agents.json") : resolve(cwd(), policy);
}

/**
 * Reads a policy as it is now; `undefined`: there is none.
 * @throws TetraError `INVALID_POLICY` also when others than its owner may write to it
 */
export function readPolicy(file: string): AgentPolicy | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw invalid(file, `cannot be read (${code})`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw invalid(file, "is not a file");
    if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) {
      throw invalid(file, "may be written by others: chmod go-w");
    }
    return parseAgentPolicy(readFileSync(descriptor, "utf8"), file);
  } finally {
    closeSync(descriptor);
  }
}

/** The same, where nothing may be done without one. @throws TetraError `NO_POLICY`, `INVALID_POLICY` */
export function requirePolicy(file: string): AgentPolicy {
  const policy = readPolicy(file);
  if (policy !== undefined) return policy;
  throw new TetraError<TtmErrorCode>("NO_POLICY", `nothing says what agents may run`, {
    hint: `let a person write ${file}, such as {"allow": [["systemctl", "--user", "restart", "app"]]}; docs/agents.md says how`,
    details: { file },
  });
}

const WRITABLE_BY_OTHERS = 0o022;
