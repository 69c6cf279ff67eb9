import { TetraError } from "@tetra/errors";
import { execute, type PathKind } from "@tetra/tes";
import { posix } from "node:path";
import type { TtmErrorCode } from "../errors.ts";
import { planIn, type Reach } from "../tes/reach.ts";
import { DIGEST_THERE } from "./digest-here.ts";

/** A file or folder at an endpoint. */
export interface FarPath {
  readonly symbol: string;
  readonly path: string;
}

/** What is there. */
export interface FarDigest {
  readonly kind: PathKind;
  readonly sha256: string;
}

/**
 * Computes the digest of a file or folder where it is.
 * @throws TetraError `OPERATION_FAILED` when it cannot be computed there, or a connect or run error.
 */
export async function farDigest(
  { symbol, path }: FarPath,
  reach: Reach,
  signal: AbortSignal,
): Promise<FarDigest> {
  const whole = path.replace(/(?<=.)\/+$/u, "");
  const isHome = whole === "~" || whole === ".";
  const command = ["sh", "-c", DIGEST_THERE, "sh", isHome ? "." : `./${posix.basename(whole)}`];
  const plan = planIn(reach, symbol, {
    path: isHome ? whole : posix.dirname(whole),
    deed: { operation: "execute", command },
  });
  const { stdout, stderr } = await execute(plan, { ...reach.connection, signal });
  const [kind, sha256 = ""] = text(stdout).split("\n");
  if (/^[0-9a-f]{64}$/u.test(sha256)) return { kind: kind === "folder" ? kind : "file", sha256 };
  const [said = ""] = text(stderr).trim().split("\n").slice(-1);
  throw new TetraError<TtmErrorCode>(
    /no such file/iu.test(said) ? "PATH_NOT_FOUND" : "OPERATION_FAILED",
    `${symbol}: the digest of ${path} cannot be computed there: ${said}`,
    { hint: "look at the path, and whether sha256sum is there", details: { symbol, path } },
  );
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
