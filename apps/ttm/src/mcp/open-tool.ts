import * as z from "zod";
import { openTransaction } from "./opened-transaction.ts";
import type { Tool } from "./tool.ts";
import { tellTransaction } from "./told-transaction.ts";
import { toldText } from "./told-text.ts";
import { TRANSACTION, type TransactionView } from "./transaction-view.ts";

interface Wanted {
  readonly description: string;
  readonly target: string;
}

const input: z.ZodType<Wanted> = z.strictObject({
  description: z.string().min(1).max(500).describe("What is to be done, for people."),
  target: z
    .string()
    .regex(/^@\S{1,200}$/u)
    .default("@local")
    .describe("The endpoint that it is about: where its steps run."),
});

/** `open_transaction` */
export const openTransactionTool: Tool<Wanted, TransactionView> = {
  name: "open_transaction",
  title: "Open a transaction",
  description:
    "Begins a change: everything that is done for it, and why, is kept in its log. Nothing is run by this.",
  input,
  output: TRANSACTION,
  effect: "adds",
  isIdempotent: false,
  async run(wanted, { session }) {
    const id = await openTransaction(session, wanted);
    const { view } = await tellTransaction(session.app, id);
    return { data: view, text: toldText(view, `Opened ${id}`) };
  },
};
