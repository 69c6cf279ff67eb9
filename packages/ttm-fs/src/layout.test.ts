import { simulatedDisk } from "@tetra/durable-fs/testing";
import { describe, expect, it } from "vitest";
import { folderPaths, isThere, packedPath, transactionPaths } from "./layout.ts";

describe("the layout", () => {
  it("is the standard's, and locks", () => {
    expect(transactionPaths("/txns", "deploy-20260131T093000")).toEqual({
      folder: "/txns/deploy-20260131T093000",
      state: "/txns/deploy-20260131T093000/state.json",
      log: "/txns/deploy-20260131T093000/events.ndjson",
      context: "/txns/deploy-20260131T093000/ctx",
      build: "/txns/deploy-20260131T093000/build",
      artifacts: "/txns/deploy-20260131T093000/artifacts",
      locks: "/txns/deploy-20260131T093000/locks",
      lock: "/txns/deploy-20260131T093000/locks/txn",
    });
  });

  it("takes ids that other tools give, also with a leading dash", () => {
    expect(transactionPaths("/txns", "-20260131T093000").folder).toBe("/txns/-20260131T093000");
    expect(transactionPaths("/txns", 'two\nlines "x"').folder).toBe('/txns/two\nlines "x"');
  });

  it.each(["", ".", "..", "../x", "a/b", ".index", "active", "a\0b"])("refuses the id %j", (id) => {
    expect(() => transactionPaths("/txns", id)).toThrow(
      expect.objectContaining({ code: "INVALID_ID" }),
    );
    expect(() => packedPath("/txns", id, "whole")).toThrow(
      expect.objectContaining({ code: "INVALID_ID" }),
    );
  });

  it("keeps what was put away beside the transactions", () => {
    expect(packedPath("/txns", "x-1", "whole")).toBe("/txns/.archive/x-1.tar.gz");
    expect(packedPath("/txns", "x-1", "log")).toBe("/txns/.archive/x-1.ndjson.gz");
  });
});

describe("a transaction is there", () => {
  it("when its folder holds a log or a state, and is no link", () => {
    const fs = simulatedDisk().fs();
    const make = (folder: string, name?: string) => {
      fs.makeFolder(folder);
      if (name !== undefined) fs.close(fs.open(`${folder}/${name}`, "create"));
      return isThere(fs, folderPaths(folder));
    };

    expect(make("/log", "events.ndjson")).toBe(true);
    expect(make("/state", "state.json")).toBe(true);
    expect(make("/empty")).toBe(false);
    expect(isThere(fs, folderPaths("/nowhere"))).toBe(false);
    fs.makeLink("/log", "/link");
    expect(isThere(fs, folderPaths("/link"))).toBe(false);
  });
});
