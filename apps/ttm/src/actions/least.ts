import { type LevelName, levelNumber } from "@tetra/tes";
import type { Action } from "./action.ts";

/** How careful an action is at least. */
export interface Least {
  readonly requires: LevelName;
  readonly confirm?: "ask" | "explicit";
}

/** The riskier the target, the further must be resolved before it starts (TES section 8). */
const LEAST: Readonly<Record<string, Least>> = {
  "deploy:dev": { requires: "connector" },
  "deploy:staging": { requires: "handle", confirm: "ask" },
  "deploy:prod": { requires: "binding", confirm: "explicit" },
};

/** The confirmation an action wants: what it declares, but no less than its name asks for. */
export function careOf({
  name,
  tes,
  confirm,
}: Pick<Action, "name" | "tes" | "confirm">): "ask" | "explicit" | undefined {
  if (confirm === "explicit" || tes === undefined) return confirm;
  return leastOf(name)?.confirm ?? confirm;
}

/** The level that an action of this name must require at least, if it requires less. */
export function missingLevel({ name, tes }: Pick<Action, "name" | "tes">): LevelName | undefined {
  const least = leastOf(name);
  if (least === undefined || tes === undefined) return undefined;
  return levelNumber(tes.requires) < levelNumber(least.requires) ? least.requires : undefined;
}

function leastOf(name: string): Least | undefined {
  return Object.hasOwn(LEAST, name) ? LEAST[name] : undefined;
}
