import type { TtmRun } from "../app.ts";
import { wholeTransaction } from "../run/whole-transaction.ts";
import { consentOf, permit } from "../tes/permission.ts";
import { targetsOf } from "../tes/place.ts";
import { reachOf } from "../tes/reach.ts";
import { farPathOf } from "../transfer/far-path.ts";
import { carryOutPush, pushOrder } from "../transfer/push-order.ts";

/** `ttm push <file> <@symbol:path>` */
export const run: TtmRun = async (args, app) => {
  const source = args.at(0) ?? "";
  const to = farPathOf("push", args.at(1) ?? "");
  const reach = reachOf(app);
  const order = pushOrder(source, to, { reach, makeFolders: args.has("parents") });
  const allowed = await permit(order.plan, consentOf(args), app);
  return wholeTransaction(
    {
      verb: "push",
      description: args.value("description") ?? `push ${source} to ${to.symbol}`,
      target: to.symbol,
      agent: args.value("agent") ?? "human",
      context: [],
      resolver: targetsOf(order.plan, app),
    },
    app,
    (running) => carryOutPush(running, order, allowed),
  );
};
