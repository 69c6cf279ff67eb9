import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { contextDigestText } from "./context-digest.ts";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

it("is the reference's test vector", () => {
  const files = {
    "000_policy.md": "a\n",
    "100_x.txt": "b\n",
    "110_d/y": "c\n",
    "120_same.txt": "b\n",
    "130_with space.txt": "e\n",
  };
  const digested = Object.entries(files).map(([name, content]) => ({
    path: `/tmp/tts-digest/txns/t-1/ctx/${name}`,
    sha256: sha256(content),
  }));

  expect(sha256(contextDigestText(digested))).toBe(
    "9fc3c584d96a607a6c301da5eee9e2b60209c8d71c45c074891ae3c5c597b690",
  );
});

it("of nothing is the empty text", () => {
  expect(contextDigestText([])).toBe("");
});

it("escapes names as sha256sum does, and sorts the lines as they stand", () => {
  const text = contextDigestText([
    { path: "/ctx/back\\slash", sha256: "aa" },
    { path: "/ctx/new\nline\r", sha256: "00" },
    { path: "/ctx/plain", sha256: "bb" },
  ]);
  expect(text).toBe("\\00  /ctx/new\\nline\\r\n\\aa  /ctx/back\\\\slash\nbb  /ctx/plain\n");
});
