import { type FileSystem, makeFolders, writeFileAtomic } from "@tetra/durable-fs";
import { namesIn } from "../files/names-in.ts";
import { removeIfThere } from "./nginx-folder.ts";
import { switchName } from "./nginx-site.ts";

// The switches of a site are empty files that nginx looks for at each request: one that is there takes the
// instance with its port out of the traffic, without nginx being told to read anything again.

/** Sets those of the switches in a folder that are for these ports, and no others. */
export function setSwitches(fs: FileSystem, folder: string, on: readonly number[]): void {
  const names = on.map(switchName);
  const there = namesIn(fs, folder);
  for (const name of names.filter((one) => !there.includes(one))) {
    makeFolders(fs, folder, { durable: true });
    writeFileAtomic(fs, `${folder}/${name}`, new Uint8Array(), { durable: true });
  }
  for (const name of there.filter((one) => !names.includes(one))) {
    removeIfThere(fs, `${folder}/${name}`);
  }
}

/** The ports whose switches are set: of instances that are out of the traffic. */
export function portsOut(fs: FileSystem, folder: string): readonly number[] {
  return namesIn(fs, folder).map(Number).filter(Number.isInteger);
}
