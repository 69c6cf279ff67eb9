import { render } from "@tetra/cli-kit";
import { blankTransaction } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { plainList } from "./list.ts";

const blank = blankTransaction("").state;

it("prints the original's layout when piped", () => {
  const lines = plainList({
    states: [
      {
        ...blank,
        txn_id: "deploy-api-20260131T093000",
        description: "deploy api v2.1.0 to every machine that is left",
        stage: "EXECUTE",
      },
      { ...blank, txn_id: "odd-20260130T093000", description: "日本\n語", stage: "FAIL" },
    ],
    active: "deploy-api-20260131T093000",
  });

  expect(lines.map((line) => render(line, { colour: false }))).toEqual([
    "Transactions:",
    "────────────────────────────────────────────────────────",
    "→ deploy-api-20260131T093000                EXECUTE     deploy api v2.1.0 to every machine that ",
    "  odd-20260130T093000                       FAIL        日本\\n語",
  ]);
});
