import { formatDuration, styled } from "@tetra/cli-kit";
import { isTetraError } from "@tetra/errors";
import { HANDLE_LIFE_MS, type HandleLevel, type HandleTest, probe, resolve } from "@tetra/tes";
import type { App, TtmRun } from "../app.ts";
import { exitStatusOf } from "../exit-status.ts";
import { type Reach, reachOf, rememberedTest } from "../tes/reach.ts";

const UNREACHABLE = 1;

/** `ttm tes ping <symbol>` */
export const run: TtmRun = async (args, app) => {
  const symbol = args.at(0) ?? "";
  const reach = reachOf(app);
  const { endpoints, self } = reach;
  const handle = resolve(symbol, { endpoints, self, level: "handle" });
  const remembered = args.has("cached") ? rememberedTest(reach, handle) : undefined;
  try {
    const test = remembered ?? (await tested(handle, reach));
    tell({ symbol, handle, test, isRemembered: remembered !== undefined }, app);
    return 0;
  } catch (error) {
    if (!isTetraError(error) || !isUnreachable(error.code)) throw error;
    const { code, message, hint } = error;
    if (app.out.mode === "json") app.out.json({ symbol, reachable: false, code, message, hint });
    else {
      app.out.print(styled("✗ ", "red"), message);
      if (hint !== undefined) app.err.print(styled("Hint: ", "dim"), hint);
    }
    return UNREACHABLE;
  }
};

/** Whether the handle was not reached, and not something else went wrong. */
function isUnreachable(code: string): boolean {
  return code === "SUDO_REFUSED" || exitStatusOf(code) === exitStatusOf("CONNECT_FAILED");
}

/** Connects, whatever is remembered, and remembers that. */
async function tested(handle: HandleLevel, { cache, connection }: Reach): Promise<HandleTest> {
  const { test } = await probe(handle, {
    ...connection,
    cache: { get: () => undefined, set: (key, made) => cache.set(key, made) },
  });
  return test;
}

interface Reached {
  readonly symbol: string;
  readonly handle: HandleLevel;
  readonly test: HandleTest;
  readonly isRemembered: boolean;
}

function tell({ symbol, handle, test, isRemembered }: Reached, { out, clock }: App): void {
  const ageMs = Math.max(0, clock.now() - test.atMs);
  const countsMs = Math.max(0, HANDLE_LIFE_MS - ageMs);
  if (out.mode === "json") {
    const { text } = handle;
    out.json({ symbol, reachable: true, connector: text, ...test, cached: isRemembered, countsMs });
    return;
  }
  const connected = isRemembered
    ? `tested ${formatDuration(ageMs)} ago`
    : `connected in ${formatDuration(test.connectMs)}`;
  out.print(
    styled("✓ ", "green"),
    `${symbol}: ${handle.text}: ${connected}, a command takes ${formatDuration(test.latencyMs)}`,
    styled(`; counts as tested for ${formatDuration(countsMs)}`, "dim"),
  );
}
