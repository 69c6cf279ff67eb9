import { styled, table } from "@tetra/cli-kit";
import { type Endpoints, formatOrigin, listSymbols, lookUp } from "@tetra/tes";
import type { TtmRun } from "../app.ts";
import { reachOf } from "../tes/reach.ts";

/** `ttm tes list` */
export const run: TtmRun = async (_args, app) => {
  const { out } = app;
  const rows = listed(reachOf(app).endpoints);
  if (out.mode === "json") {
    out.json(rows);
    return;
  }
  const cells = rows.map(({ symbol, type, address, source }) => [
    styled(symbol, "bold"),
    type,
    address ?? "-",
    source,
  ]);
  const titles = ["SYMBOL", "TYPE", "ADDRESS", "SOURCE"].map((title) => styled(title, "dim"));
  out.printAll(table([titles, ...cells], { columns: out.columns }));
};

interface Row {
  readonly symbol: string;
  readonly type: string;
  /** `null`: no source gives one. */
  readonly address: string | null;
  readonly source: string;
}

function listed(endpoints: Endpoints): readonly Row[] {
  return listSymbols(endpoints).map(({ symbol, origin }) => {
    const { host, pod, container, type } = lookUp(endpoints, symbol)?.fields ?? {};
    return {
      symbol,
      type: type?.value ?? "ssh",
      address: (host ?? pod ?? container)?.value ?? null,
      source: formatOrigin(origin),
    };
  });
}
