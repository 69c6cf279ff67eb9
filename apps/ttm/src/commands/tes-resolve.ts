import { type Arguments, usageError } from "@tetra/cli-kit";
import {
  type Deed,
  type LevelName,
  levelNumber,
  type LevelValues,
  parseLevel,
  parseOperation,
  resolve,
} from "@tetra/tes";
import type { TtmRun } from "../app.ts";
import { reachOf, rememberedTest } from "../tes/reach.ts";

/** `ttm tes resolve <symbol> [-- COMMAND...]` */
export const run: TtmRun = async (args, app) => {
  const symbol = args.at(0) ?? "";
  const path = args.value("path");
  const deed = deedOf(args);
  const wanted = args.value("level");
  const isWhole = path !== undefined || args.behind.length > 0 || args.has("op");
  const level = wanted === undefined ? (isWhole ? "plan" : "connector") : parseLevel(wanted);
  const reach = reachOf(app);
  const { endpoints, self } = reach;
  const options = { endpoints, self, deed, ...(path === undefined ? {} : { path }) };
  const handle =
    levelNumber(level) < levelNumber("handle")
      ? undefined
      : resolve(symbol, { ...options, level: "handle" });
  const test = handle && rememberedTest(reach, handle);
  const value = resolve(symbol, { ...options, ...(test && { test }), level });
  if (app.out.mode === "json") {
    app.out.json(levelJson(symbol, value));
    return;
  }
  app.out.print(value.text);
};

function deedOf(args: Arguments): Deed {
  const operation = parseOperation(
    args.value("op") ?? (args.behind.length > 0 ? "execute" : "read"),
  );
  if (operation !== "execute") {
    if (args.behind.length === 0) return { operation };
    throw usageError(`tes resolve: ${operation} takes no command`, "leave out what follows --");
  }
  if (args.behind.length > 0) return { operation, command: args.behind };
  throw usageError("tes resolve: no command to execute", "write it behind --");
}

function levelJson(
  symbol: string,
  value: LevelValues[LevelName],
): Readonly<Record<string, unknown>> {
  const { level, text } = value;
  const known = { symbol, level, number: levelNumber(level), text };
  if (value.level === "connector") return { ...known, route: value.route };
  if (value.level === "handle") {
    return { ...known, route: value.connector.route, test: value.test ?? null };
  }
  if (value.level !== "plan") return known;
  return { ...known, route: value.binding.locator.handle.connector.route, argv: value.argv };
}
