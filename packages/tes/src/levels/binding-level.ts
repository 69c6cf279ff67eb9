import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { LocatorLevel } from "./locator-level.ts";

/** What is to be done at a place. */
export type Deed =
  | { readonly operation: "read"; readonly kind?: PathKind }
  | { readonly operation: "delete" }
  /** `mode`: for a new file, octal (`0644`); else what the far side's umask leaves. */
  | {
      readonly operation: "write";
      readonly kind?: PathKind;
      readonly mode?: string;
      readonly makeFolders?: boolean;
    }
  | { readonly operation: "append" }
  /** A command as words, none of which any shell interprets; `path` is where it runs. */
  | { readonly operation: "execute"; readonly command: readonly string[]; readonly stdin?: Stdin };

/** A file, unless it is said to be a folder: those go by `pushFolder` and `pullFolder`. */
export type PathKind = "file" | "folder";

/**
 * What a command finds on its standard input: `none` nothing, `content` what `run` is given (its length
 * is known), `inherit` whatever the caller's process has; only that can neither be measured nor be used to
 * notice that the caller is gone.
 */
export type Stdin = "none" | "content" | "inherit";

/** Level 6: an operation at a place. */
export interface BindingLevel {
  readonly level: "binding";
  /** `write(app@203.0.113.10:~/app/config)` */
  readonly text: string;
  readonly locator: LocatorLevel;
  readonly deed: Deed;
}

/** @throws TetraError `INVALID_TEXT` for a command or mode that cannot be. */
export function toBinding(locator: LocatorLevel, deed: Deed): BindingLevel {
  const wrong = wrongIn(deed, locator.path);
  if (wrong !== undefined) {
    const symbol = locator.handle.connector.channel.address.symbol.text;
    throw new TetraError<ResolveErrorCode>("INVALID_TEXT", `${symbol}: ${wrong}`, {
      hint: "correct what was given",
      details: { symbol, operation: deed.operation satisfies Operation },
    });
  }
  return { level: "binding", text: `${deed.operation}(${locator.text})`, locator, deed };
}

function wrongIn(deed: Deed, path: string): string | undefined {
  if (deed.operation === "execute") {
    if (deed.command.length === 0 || deed.command[0] === "") return "there is no command";
    if (deed.command.some((word) => word.includes("\0"))) return "a command cannot hold NUL";
  }
  if (deed.operation === "write" && deed.mode !== undefined && !/^0?[0-7]{3,4}$/u.test(deed.mode)) {
    return `${JSON.stringify(deed.mode)} is no octal mode such as 0644`;
  }
  if (deed.operation === "write" && /^~?$|(?:^|\/)\.{1,2}$/u.test(path.replace(/\/+$/u, ""))) {
    return `${JSON.stringify(path)} does not name what to write`;
  }
  return undefined;
}
