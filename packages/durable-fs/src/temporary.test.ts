import { expect, it } from "vitest";
import { isTemporaryName, makeBeside } from "./temporary.ts";
import { systemError } from "./system-error.ts";

it("gives names that are recognised, and no others", () => {
  const path = makeBeside("/folder/file", (temporary) => temporary);

  expect(path).toMatch(/^\/folder\//);
  expect(isTemporaryName(path.replace("/folder/", ""))).toBe(true);
  expect(isTemporaryName("file")).toBe(false);
  expect(isTemporaryName(".tmp-mine")).toBe(false);
});

it("tries another name when one is taken", () => {
  const tried = new Set<string>();
  makeBeside("/file", (temporary) => {
    tried.add(temporary);
    if (tried.size < 3) throw systemError("EEXIST", "open", temporary);
  });

  expect(tried.size).toBe(3);
});
