import { usageError } from "@tetra/cli-kit";
import type { TtmRun } from "../app.ts";
import { whoTypes } from "../saga/engine.ts";
import { tellSaga } from "../saga/tell-saga.ts";

/** `ttm saga signal [id] <step>` */
export const run: TtmRun = async (args, app) => {
  const second = args.at(1);
  const step = second ?? args.at(0);
  if (step === undefined) {
    throw usageError("saga signal: step required", "usage: ttm saga signal [id] <step>");
  }
  const id = second === undefined ? undefined : args.at(0);
  const signal = { step, by: whoTypes(), ...valueGiven(args.value("value")) };
  await tellSaga(app, { verb: "saga signal", id, told: "Signalled" }, ({ sagas }, whole) =>
    sagas.signal(whole, signal),
  );
};

/** JSON, or plain text. */
function valueGiven(text: string | undefined): { value?: unknown } {
  if (text === undefined) return {};
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { value: text };
  }
}
