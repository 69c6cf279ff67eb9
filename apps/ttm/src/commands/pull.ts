import type { TtmRun } from "../app.ts";
import { wholeTransaction } from "../run/whole-transaction.ts";
import { targetsOf } from "../tes/place.ts";
import { planIn, reachOf } from "../tes/reach.ts";
import { farPathOf } from "../transfer/far-path.ts";
import { carryOutPull, pullDestination } from "../transfer/pull-order.ts";

/** `ttm pull <@symbol:path> [file]` */
export const run: TtmRun = async (args, app) => {
  const from = farPathOf("pull", args.at(0) ?? "");
  const destination = pullDestination(from, args.at(1));
  const reach = reachOf(app);
  const plan = planIn(reach, from.symbol, { path: from.path });
  return wholeTransaction(
    {
      verb: "pull",
      description: args.value("description") ?? `pull ${from.path} from ${from.symbol}`,
      target: from.symbol,
      agent: args.value("agent") ?? "human",
      context: [],
      resolver: targetsOf(plan, app),
    },
    app,
    (running) => carryOutPull(running, { from, destination, reach }),
  );
};
