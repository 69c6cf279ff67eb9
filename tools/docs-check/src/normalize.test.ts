import { expect, it } from "vitest";
import { normalize } from "./normalize.ts";

it.each([
  ["deploy-api-20260131T093000", "deploy-api-20261121T004744"],
  [
    '{"ts":"2026-01-31T09:30:00Z","ts_ms":1}',
    '{"ts":"2026-11-21T00:47:44Z","ts_ms":1795221264000}',
  ],
  ["  EXECUTE  850ms   now", "  EXECUTE  1.2s  4s ago"],
  [`digest  ${"0".repeat(64)}`, `digest  ${"f".repeat(64)}`],
  ["txn_commit  duration_ms=379", "txn_commit  duration_ms=40"],
  ['"user": "ann"', '"user": "root"'],
])("takes %s and %s for the same", (one, other) => {
  expect(normalize(one)).toBe(normalize(other));
});

it.each([
  ["stage DONE", "stage FAIL"],
  ["100_artifact.tar.gz", "110_artifact.tar.gz"],
  ['"revision": 4', '"revision": 5'],
])("tells %s from %s", (one, other) => {
  expect(normalize(one)).not.toBe(normalize(other));
});
