import { expect, it } from "vitest";
import { makeFolders } from "./make-folders.ts";
import { removeTree } from "./remove-tree.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";

it("removes all below, but nothing that links point to", () => {
  const fs = simulatedDisk().fs();
  makeFolders(fs, "/kept", { durable: false });
  makeFolders(fs, "/gone/a/b", { durable: false });
  fs.close(fs.open("/kept/file", "create"));
  fs.close(fs.open("/gone/a/file", "create"));
  fs.makeLink("/kept", "/gone/link");
  removeTree(fs, "/gone");

  expect(fs.names("/")).toEqual(["kept"]);
  expect(fs.names("/kept")).toEqual(["file"]);
});

it("removes one file or link, or nothing", () => {
  const fs = simulatedDisk().fs();
  fs.close(fs.open("/file", "create"));
  fs.makeLink("/file", "/link");
  removeTree(fs, "/link");
  removeTree(fs, "/missing");
  expect(fs.names("/")).toEqual(["file"]);

  removeTree(fs, "/file");
  expect(fs.names("/")).toEqual([]);
});

it("puts up with somebody who removes the same", () => {
  const fs = simulatedDisk().fs();
  makeFolders(fs, "/gone", { durable: false });
  fs.close(fs.open("/gone/file", "create"));
  const racing = {
    ...fs,
    removeFile: (path: string) => {
      fs.removeFile(path);
      fs.removeFile(path);
    },
  };
  removeTree(racing, "/gone");

  expect(fs.names("/")).toEqual([]);
});

it("does not hide any other failure", () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  fs.close(fs.open("/file", "create"));
  disk.failWhen(({ name }) => (name === "removeFile" ? "EACCES" : undefined));

  expect(() => removeTree(fs, "/file")).toThrow("EACCES");
});
