import { usageError } from "@tetra/cli-kit";
import { resolveDefinition } from "@tetra/tsm/definitions";
import { openedDefinitions } from "../opened-definitions.ts";
import { callersEnvironment } from "./launch-context.ts";
import { plan, type Planned, type Planning } from "./planning.ts";
import { wholeOptions } from "./whole-dependencies.ts";

/**
 * Plans defined services, when the first word names one; `undefined` if it does not.
 * @throws TetraError `USAGE`, and what reading definitions and planning throws
 */
export async function planDefined(
  planning: Planning,
  words: readonly string[],
): Promise<readonly Planned[] | undefined> {
  const { app, args, services } = planning;
  const definitions = openedDefinitions(app);
  const context = { environment: callersEnvironment(app), options: wholeOptions(args, services) };
  const all = words.map((word) => resolveDefinition(definitions, word, context));
  if (all[0] === undefined) return undefined;
  const found = all.filter((each) => each !== undefined);
  if (found.length < all.length) {
    const stranger = words[all.indexOf(undefined)];
    throw usageError(
      `start: "${words[0]}" is a defined service, and ${JSON.stringify(stranger)} is none`,
      `name only defined services, or run the command: tsm start -- ${words.join(" ")}`,
    );
  }
  return Promise.all(
    found.map(async ({ stored, request, warnings }) => ({
      defined: stored.address,
      warnings,
      launches: await plan(planning, { ...request, by: app.user() }),
    })),
  );
}
