import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "../errors.ts";
import type { HandleLevel } from "./handle-level.ts";
import { unresolved } from "./unresolved.ts";

/** Level 5: a place there. */
export interface LocatorLevel {
  readonly level: "locator";
  /** `app@203.0.113.10:~/app/config`; for this machine the path, with `~` expanded. */
  readonly text: string;
  readonly handle: HandleLevel;
  /** As it was given. What does not begin with `/` is below the work user's home, for this machine below the current folder. */
  readonly path: string;
}

/** @throws TetraError `UNRESOLVED` without a path, `INVALID_TEXT` for one that no system can have. */
export function toLocator(
  handle: HandleLevel,
  path: string | undefined,
  home: string | undefined,
): LocatorLevel {
  const { channel, route } = handle.connector;
  const symbol = channel.address.symbol.text;
  if (path === undefined || path === "") {
    throw unresolved(symbol, "locator", {
      reason: "no path was given",
      hint: `name one, such as ${symbol}:~/app/config`,
    });
  }
  if (path.includes("\0")) {
    throw new TetraError<ResolveErrorCode>("INVALID_TEXT", `${symbol}: a path cannot hold NUL`, {
      hint: "correct the path",
      details: { symbol },
    });
  }
  const isHere = route.type === "local" && route.actAs === undefined;
  const here = isHere && home !== undefined ? path.replace(/^~(?=\/|$)/u, () => home) : path;
  const text = route.type === "local" ? here : `${channel.text}:${path}`;
  return { level: "locator", text, handle, path: here };
}
