import { TetraError } from "@tetra/errors";
import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { TtmErrorCode } from "../errors.ts";

const TYPESCRIPT = new Set([".ts", ".mts", ".cts"]);
const JAVASCRIPT = new Set([".js", ".mjs", ".cjs"]);

/** Whether a file's name says that it is a module. */
export function isModule(file: string): boolean {
  return TYPESCRIPT.has(extname(file)) || JAVASCRIPT.has(extname(file));
}

/**
 * What a module exports. TypeScript is run without being checked.
 * @param code of the error when it cannot be loaded.
 * @throws TetraError `NOT_FOUND`, `INVALID_SAGA` or that code
 */
export async function loadModule(
  file: string,
  code: TtmErrorCode = "INVALID_SAGA",
): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new TetraError<TtmErrorCode>("NOT_FOUND", `${file}: no such file`, {
      hint: "look at the path",
      details: { file },
    });
  }
  try {
    const loaded: unknown = TYPESCRIPT.has(extname(path))
      ? await importTypescript(path)
      : await import(pathToFileURL(path).href);
    return typeof loaded === "object" && loaded !== null ? { ...loaded } : {};
  } catch (cause) {
    throw refusal(file, code, cause);
  }
}

async function importTypescript(path: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  // nothing is written to a cache: a saga's file is small, and may lie in a folder of somebody else
  const jiti = createJiti(pathToFileURL(path).href, { fsCache: false, interopDefault: false });
  return jiti.import(path);
}

function refusal(file: string, code: TtmErrorCode, cause: unknown): TetraError<TtmErrorCode> {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [line = ""] = text.trim().split("\n");
  const [, missing] = /'(@tetra\/[a-z-]+)/u.exec(line) ?? [];
  return new TetraError(code, `${file}: cannot be loaded: ${line}`, {
    hint:
      missing === undefined
        ? "correct the module"
        : `install it beside the file: npm install ${missing}`,
    details: { file },
    cause,
  });
}
