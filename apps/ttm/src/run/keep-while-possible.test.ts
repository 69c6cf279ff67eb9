import { expect, it } from "vitest";
import { keepWhilePossible } from "./keep-while-possible.ts";

it("passes everything on, tells once when that fails, and drops the rest", () => {
  const kept: string[] = [];
  const lost: string[] = [];
  const write = keepWhilePossible(
    {
      write(bytes) {
        if (kept.length === 2) throw new Error("ENOSPC: no space left on device, write");
        kept.push(Buffer.from(bytes).toString());
      },
    },
    (why) => lost.push(why),
  );
  for (const text of ["a", "b", "c", "d"]) write(Buffer.from(text));
  expect(kept).toEqual(["a", "b"]);
  expect(lost).toEqual(["ENOSPC: no space left on device, write"]);
});
