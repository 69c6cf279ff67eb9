import { render } from "@tetra/cli-kit";
import { blankTransaction } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { type Listing, listTable } from "./list-table.ts";

const blank = blankTransaction("").state;

const LISTING: Listing = {
  states: [
    {
      ...blank,
      txn_id: "deploy-api-20260131T093000",
      description: "deploy api v2.1.0 to every machine that is left",
      stage: "EXECUTE",
      target: "@staging",
      last_checkpoint: "2026-01-31T09:30:00Z",
    },
    { ...blank, txn_id: "odd-20260130T093000", description: "日本\n語", stage: "FAIL" },
  ],
  active: "deploy-api-20260131T093000",
  nowMs: Date.parse("2026-01-31T09:35:00Z"),
};

it("aligns columns and fits them to the terminal", () => {
  const lines = listTable(LISTING, { columns: 84 });

  expect(lines.map((line) => render(line, { colour: false }))).toEqual([
    "   ID                          STAGE    CHANGED  TARGET    DESCRIPTION",
    "→  deploy-api-20260131T093000  EXECUTE  5m ago   @staging  deploy api v2.1.0 to eve…",
    "   odd-20260130T093000         FAIL                        日本\\n語",
  ]);
});

it("says so when there are none", () => {
  const lines = listTable({ ...LISTING, states: [] }, { columns: 80 });

  expect(lines.map((line) => render(line, { colour: false }))).toEqual(["No transactions"]);
});
