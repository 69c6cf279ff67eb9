import { usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { parseEndpointSymbol } from "@tetra/tes";
import { userInfo } from "node:os";
import type { App, TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";
import { stateJson } from "../state-json.ts";

/** `ttm approve <@symbol> [id]`, or `ttm approve [id] [step]` */
export const run: TtmRun = async (args, app) => {
  const name = args.at(0) ?? "";
  if (!name.startsWith("@")) {
    const { run: approveStep } = await import("./saga-approve.ts");
    return approveStep(args, app);
  }
  parseEndpointSymbol(name);
  const why = args.value("why") ?? "";
  if (why === "") throw usageError("approve: no reason", `give one: --why "change CAB-12"`);
  await beSure(name, args.value("confirm"), app);
  const by = userInfo().username;
  await withStore(app, "write", async ({ manager }) => {
    const transaction = await manager.approve({ name, by, why }, args.at(1));
    if (app.out.mode === "json") app.out.json(stateJson(transaction));
    else app.out.print(`Approved: ${name} while ${transaction.id} is open`);
  });
};

async function beSure(name: string, confirmed: string | undefined, app: App): Promise<void> {
  if (confirmed === name) return;
  const isSure =
    app.isInteractive() && (await app.ask(`To approve changes of ${name}, type ${name}:`)) === name;
  if (isSure) return;
  throw new TetraError<TtmErrorCode>("PROTECTED", `${name}: not approved: it was not confirmed`, {
    hint: `confirm it: --confirm ${name}`,
    details: { symbol: name },
  });
}
