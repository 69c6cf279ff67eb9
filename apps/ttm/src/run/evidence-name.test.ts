import { expect, it } from "vitest";
import { evidenceDescription } from "./evidence-name.ts";

it.each([
  ["build/app.tar.gz", "app"],
  ["/etc/hostname", "hostname"],
  ["a.b/plain", "plain"],
  [".env", ".env"],
  ["config/", "config"],
])("calls %s %s", (path, description) => {
  expect(evidenceDescription(path)).toBe(description);
});
