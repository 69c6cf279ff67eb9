import { expect, it } from "vitest";
import { swapLink } from "./swap-link.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";

it("makes a link, then points it elsewhere", () => {
  const fs = simulatedDisk().fs();
  swapLink(fs, "one", "/link");
  swapLink(fs, "two", "/link");

  expect(fs.readLink("/link")).toBe("two");
  expect(fs.names("/")).toEqual(["link"]);
});

it("leaves nothing when the name is a folder's", () => {
  const fs = simulatedDisk().fs();
  fs.makeFolder("/folder");

  expect(() => swapLink(fs, "one", "/folder")).toThrow("EISDIR");
  expect(fs.names("/")).toEqual(["folder"]);
});
