import { makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { layoutOf } from "@tetra/tsm";
import { join } from "node:path";
import type { TsmRun } from "../app.ts";

/** `tsm setup` */
export const run: TsmRun = async (_args, { out, places }) => {
  const { folder } = places();
  const folders = [
    layoutOf(folder).processes,
    join(folder, "services-available"),
    join(folder, "services-enabled"),
  ];
  for (const each of folders) makeFolders(nodeFileSystem(), each, { durable: true });
  const message = `✅ Ready: ${folder}`;
  if (out.mode === "json") out.json({ success: true, message, data: { folders } });
  else out.printAll([[message], ["Look for what is missing: tsm doctor"]]);
};
