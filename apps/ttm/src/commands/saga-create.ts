import { usageError } from "@tetra/cli-kit";
import type { TtmRun } from "../app.ts";
import { originalInstant, withOriginals } from "../saga/original-sagas.ts";

/** `ttm saga create [--timeout N]`, as the original's `create` */
export const run: TtmRun = async (args, app) => {
  const text = args.value("timeout") ?? "60";
  if (!/^[+-]?\d{1,15}$/u.test(text)) {
    throw usageError(
      `Invalid value for '--timeout': '${text}' is not a valid integer.`,
      "give seconds: --timeout 60",
    );
  }
  const { transaction_id, state, created_at, timeout_seconds } = await withOriginals(
    app,
    (manager) => manager.begin(Number(text)),
  );
  app.out.json({
    transaction_id,
    state,
    created_at: originalInstant(created_at),
    timeout_seconds,
  });
  return 0;
};
