import { describe, expect, it } from "vitest";
import { formatTransactions, parseTransactions } from "./record.ts";

// the form of the original's own file, version 0.1.0
const FILE = `[
  {
    "transaction_id": "0b7ad4a1-6b0a-4f7f-9c52-0d4f7d0b62b2",
    "steps": [
      {
        "step_id": "f5b4bb3a-7a4c-4d80-b0d0-5b8d7e7d7a11",
        "agent_id": "user-service",
        "action": "create_user",
        "data": {
          "name": "ada"
        },
        "compensating_action": "delete_user"
      }
    ],
    "state": "pending",
    "created_at": "2026-02-27T12:00:00.854281Z",
    "timeout_seconds": 60
  }
]`;

describe("the original's state file", () => {
  it("is read, and written back to the byte", () => {
    expect(formatTransactions(parseTransactions(FILE, "transactions.json"))).toBe(FILE);
  });

  it.each(["2026-02-27T12:00:00Z", "2026-02-27T12:00:00+00:00", "2026-02-27T12:00:00.5+00:00"])(
    "may have %s as a time",
    (at) => {
      const text = FILE.replace("2026-02-27T12:00:00.854281Z", at);
      expect(parseTransactions(text, "f")[0]?.created_at).toBe(at);
    },
  );

  it("gets its defaults where they are missing", () => {
    const least = `[{"transaction_id": "x", "created_at": "2026-02-27T12:00:00Z"}]`;
    expect(parseTransactions(least, "f")).toEqual([
      {
        transaction_id: "x",
        steps: [],
        state: "pending",
        created_at: "2026-02-27T12:00:00Z",
        timeout_seconds: 60,
      },
    ]);
  });

  it.each([
    ["half of it", FILE.slice(0, 100), "f: not JSON"],
    ["another state", FILE.replace("pending", "done"), "f: entry 1: not a transaction: state"],
    ["no time", FILE.replace("2026-02-27T12:00:00.854281Z", "today"), "created_at"],
  ])("is refused with a word about where, given %s", (_what, text, message) => {
    expect(() => parseTransactions(text, "f")).toThrow(message);
  });
});
