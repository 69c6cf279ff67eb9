import { expect, it } from "vitest";
import { checkBlobName } from "./blob-name.ts";

it.each(["plan.json", "logs/build.txt", "...", "a b\nc", "-x", "日本.txt"])(
  "accepts %j",
  (name) => {
    expect(checkBlobName(name)).toBe(name);
  },
);

it.each(["", ".", "..", "../x", "a/../b", "/etc/x", "a//b", "a/", "./a", "a\0b", "é".repeat(128)])(
  "refuses %j",
  (name) => {
    expect(() => checkBlobName(name)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  },
);
