import { type Piece, type Span, styled } from "@tetra/cli-kit";
import { counted } from "../counted.ts";
import type { Finding, Level } from "@tetra/tsm/diagnosis";

const MARKS: Readonly<Record<Level, Span>> = {
  ok: styled("[OK]   ", "green"),
  note: styled("[INFO] ", "dim"),
  warning: styled("[WARN] ", "yellow"),
  error: styled("[ERROR]", "red", "bold"),
};

/** Findings for people: a line each, and below it what to do. */
export function toldFindings(findings: readonly Finding[]): readonly (readonly Piece[])[] {
  return findings.flatMap(({ level, where, what, fix }) => {
    const line = [MARKS[level], ` ${where}: ${what}`];
    return fix === undefined ? [line] : [line, [styled(`        fix: ${fix}`, "dim")]];
  });
}

/** How many there are of the two levels that matter. */
export function findingCounts(findings: readonly Finding[]): {
  readonly errors: number;
  readonly warnings: number;
} {
  const count = (level: Level): number => findings.filter((one) => one.level === level).length;
  return { errors: count("error"), warnings: count("warning") };
}

/** `1 error, 2 warnings` */
export function countsText({ errors, warnings }: ReturnType<typeof findingCounts>): string {
  return `${counted(errors, "error")}, ${counted(warnings, "warning")}`;
}

/** A finding as `--json` prints it: without how the doctor repairs it, but whether. */
export function findingRecord({ repair, ...finding }: Finding): object {
  return { ...finding, repairable: repair !== undefined };
}
