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
  [
    "0   shop-4100 ~  -    905  4100  online  1s      0         7.2%  44 MB",
    "0   shop-4100 ~  -    26905  4100  online  2s      0         11%   9.5 MB",
  ],
  [
    "✅ Started: shop-4100 (TSM ID: 0, PID: 6905, Port: 4100)",
    "✅ Started: shop-4100 (TSM ID: 0, PID: 7, Port: 4100)",
  ],
  ["  PID:         6905", "  PID:         69050"],
  ["0   shop-4100  4100  7387  Online (TSM: 0)", "0   shop-4100  4100  73  Online (TSM: 0)"],
  ["2026-11-21T07:20:57.341Z (-4.8s) out GET /", "2026-11-21T07:21:57.341Z out GET /"],
  ["2026-11-21 07:20:52  started  job-1795245655", "2026-01-01 00:20:52  started  job-1795245657"],
  ["backoff next_try_at_ms=1795245834529", "backoff next_try_at_ms=1795245834530"],
])("takes %s and %s for the same", (one, other) => {
  expect(normalize(one)).toBe(normalize(other));
});

it.each([
  ["stage DONE", "stage FAIL"],
  ["100_artifact.tar.gz", "110_artifact.tar.gz"],
  ['"revision": 4', '"revision": 5'],
  ["0   shop-4100 ~  -    905  4100  online", "0   shop-4101 ~  -    905  4101  online"],
  ["0   shop-4100 ~  -    905  4100  online", "0   shop-4100 ~  -    905  4101  online"],
  ["0   shop-4100 ~  -    905  4100  online", "0   shop-4100 ~  -    905  4100  starting"],
  ["1s      0         7.2%  44 MB", "1s      1         7.2%  44 MB"],
  ["exit status 3", "exit status 4"],
])("tells %s from %s", (one, other) => {
  expect(normalize(one)).not.toBe(normalize(other));
});
