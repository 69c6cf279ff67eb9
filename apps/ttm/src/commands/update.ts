import { usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import type { TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";
import { stateJson } from "../state-json.ts";

/** `ttm update [id] <json>` */
export const run: TtmRun = (args, app) => {
  const second = args.at(1);
  const text = second ?? args.at(0);
  if (text === undefined)
    throw usageError("update: json required", "usage: ttm update [id] <json>");
  const changes = parseChanges(text);
  const id = second === undefined ? undefined : args.at(0);
  return withStore(app, "write", async ({ manager }) => {
    const transaction = await manager.update(id, changes);
    if (app.out.mode === "json") app.out.json(stateJson(transaction));
    if (app.out.mode === "terminal") app.out.print(`Transaction updated: ${transaction.id}`);
  });
};

/**
 * Reads the fields to set.
 * @throws TetraError `INVALID_INPUT` when the text is not an object in JSON.
 */
export function parseChanges(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  let why = "it must be an object";
  try {
    value = JSON.parse(text);
  } catch (error) {
    why = error instanceof Error ? error.message : "it is not JSON";
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new TetraError<TtmErrorCode>("INVALID_INPUT", `update: ${why}`, {
    hint: `give an object such as '{"ticket": "OPS-7"}'`,
  });
}
