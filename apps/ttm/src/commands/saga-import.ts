import { TetraError } from "@tetra/errors";
import { importSaga } from "@tetra/tts-core/saga";
import { hostname } from "node:os";
import type { TtmRun } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";
import { readText } from "../saga/load-saga.ts";

/** `ttm saga import <file>` */
export const run: TtmRun = (args, app) => {
  const document = parsed(args.at(0) ?? "");
  return withStore(app, "write", async ({ store }) => {
    const runner = { name: `ttm saga import on ${hostname()}`, atMs: app.clock.now() };
    const txn_id = await importSaga(store, document, runner);
    if (app.out.mode === "json") app.out.json({ txn_id });
    else app.out.data(`${txn_id}\n`);
  });
};

function parsed(file: string): unknown {
  try {
    return JSON.parse(readText(file));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new TetraError<TtmErrorCode>("INVALID_SAGA", `${file}: ${cause.message}`, {
      hint: "give what ttm saga export has printed",
      details: { file },
      cause,
    });
  }
}
