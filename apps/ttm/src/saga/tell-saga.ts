import { type Arguments, usageError } from "@tetra/cli-kit";
import type { SagaView, Word } from "@tetra/tts-core/saga";
import type { App } from "../app.ts";
import { type Engine, whoTypes, withEngine } from "./engine.ts";

/**
 * Tells a saga something from outside, and says so.
 * @param told what is said, in the past.
 */
export function tellSaga(
  app: App,
  {
    verb,
    id,
    told,
  }: { readonly verb: string; readonly id: string | undefined; readonly told: string },
  tell: (engine: Engine, id: string) => Promise<SagaView>,
): Promise<void> {
  return withEngine(app, { verb }, async (engine) => {
    const whole = await engine.manager.resolveId(id);
    const view = await tell(engine, whole);
    if (app.out.mode === "json") app.out.json(view);
    else app.out.print(`${told}: ${whole}`);
  });
}

/** Who says it, and why. @throws TetraError `USAGE` when a reason is needed and not given */
export function wordOf(
  command: string,
  args: Arguments,
  { needsWhy }: { needsWhy: boolean },
): Word {
  const why = args.value("why") ?? "";
  if (needsWhy && why === "") {
    throw usageError(`${command}: no reason`, `give one: --why "change CAB-12"`);
  }
  return { by: whoTypes(), why };
}

/** What is to become of what needed a person. @throws TetraError `USAGE` unless it is said */
export function howOf(command: string, args: Arguments): "retry" | "settled" {
  const [retry, settled] = [args.has("retry"), args.has("settled")];
  if (retry !== settled) return retry ? "retry" : "settled";
  throw usageError(
    `${command}: what is to become of it?`,
    "give --retry to try it again, or --settled when it was put right by hand",
  );
}
