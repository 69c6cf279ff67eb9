import { type Span, styled } from "@tetra/cli-kit";
import type { Finding } from "@tetra/ttm-fs";
import type { TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";

const MARK: Readonly<Record<Finding["level"], Span>> = {
  ok: styled("ok     ", "green"),
  warning: styled("warning", "yellow"),
  problem: styled("problem", "red", "bold"),
};

/** `ttm doctor` */
export const run: TtmRun = (_args, app) =>
  withStore(app, "read", async ({ store }) => {
    const findings = await store.diagnose();
    if (app.out.mode === "json") app.out.json(findings);
    else app.out.printAll(findings.flatMap(told));
    return findings.some(({ level }) => level === "problem") ? 1 : 0;
  });

function told({ level, what, fix, id }: Finding): readonly (readonly (Span | string)[])[] {
  const line = [MARK[level], `  ${id === undefined ? "" : `${id}: `}${what}`];
  return fix === undefined ? [line] : [line, [styled(`         fix: ${fix}`, "dim")]];
}
