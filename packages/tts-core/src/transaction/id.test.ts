import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkTransactionId,
  idStamp,
  isTransactionId,
  newestFirst,
  slug,
  transactionId,
} from "./id.ts";

// the table of the reference, section 2
it.each([
  ["deploy api v2.1.0", "deploy-api-v2-1-0"],
  ["deploy to @staging", "deploy-to-staging"],
  ["a/b/../c", "a-b-c"],
  ["UPPER_Case", "upper-case"],
  ["  leading spaces", "-leading-spaces"],
  ["trail---", "trail"],
  ["Ünïcode äöü", "-n-code"],
  ["日本語 deploy", "-deploy"],
  ["!!!", ""],
  ["abcdefghijklmnopqrstuvwxyz-1234567890", "abcdefghijklmnopqrstuvwxyz-123"],
  ["abcdefghijklmnopqrstuvwxyz abc def", "abcdefghijklmnopqrstuvwxyz-abc"],
  ["two\nlines", "two-lines"],
])("makes of %j the slug %j", (description, expected) => {
  expect(slug(description)).toBe(expected);
});

describe("a transaction's id", () => {
  const time = { atMs: Date.UTC(2025, 9, 18, 12, 30, 22), offsetMinutes: 120 };

  it("is the slug and the local time", () => {
    expect(transactionId("deploy api v2.1.0", time)).toBe("deploy-api-v2-1-0-20251018T143022");
    expect(transactionId("!!!", time)).toBe("-20251018T143022");
  });

  it("gets a suffix when the plain one is taken", () => {
    expect(transactionId("x", time, 2)).toBe("x-20251018T143022-2");
  });

  it("is valid whatever the description says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (description) => {
        expect(isTransactionId(transactionId(description, time))).toBe(true);
      }),
    );
  });
});

it.each([
  "",
  ".",
  "..",
  ".journal",
  "a/b",
  "../../etc",
  "a\0b",
  "active",
  "x".repeat(201),
  "日".repeat(67),
])("refuses %j as an id", (text) => {
  expect(() => checkTransactionId(text)).toThrow("is not a transaction id");
});

it.each(["-20251018T143022", "with space-20251018T143022", "two\nlines", "it's"])(
  "accepts %j, which other tools can have made",
  (text) => {
    expect(checkTransactionId(text)).toBe(text);
  },
);

it("finds the time in an id, also of one that needed a suffix", () => {
  expect(idStamp("deploy-20260101T000000")).toBe("20260101T000000");
  expect(idStamp("deploy-20260101T000000-12")).toBe("20260101T000000");
  expect(idStamp("imported")).toBe("");
});

it("orders ids newest first, then by themselves", () => {
  const ids = ["z-20260301T000000", "a-20260201T000000", "b-20260201T000000-2", "imported"];
  expect(ids.toReversed().toSorted(newestFirst)).toEqual(ids);
});
