import { type FileSystem, flushFolder, nodeFileSystem, writeAll } from "@tetra/durable-fs";
import type { Owner, ProjectFiles } from "@tetra/rag-adapter/patch";
import { spawnSync } from "node:child_process";
import { chownSync, linkSync, lstatSync, lutimesSync, realpathSync } from "node:fs";
import { join } from "node:path/posix";

/** What the files of a project need of the system besides a durable file system. */
export interface ProjectSystem {
  /** What is known of a file besides its kind. */
  describe(path: string): {
    readonly owner: Owner;
    readonly modifiedNs: string;
    readonly names: number;
  };
  /** Gives a file another name. */
  link(from: string, to: string): void;
  setOwner(path: string, owner: Owner): void;
  /** Sets the time of the last change, links not followed, as exactly as it can. */
  setModified(path: string, modifiedNs: string): void;
  mayOwn(owner: Owner): boolean;
  real(path: string): string;
}

/** Which project, and what must not be changed in it. */
export interface ProjectPlace {
  /** The project's folder; it must exist. */
  readonly root: string;
  /** Folders that Tetra keeps, whether they exist or not. */
  readonly kept: readonly string[];
  readonly fs?: FileSystem;
  readonly system?: ProjectSystem;
}

/** The files of a project on this machine. */
export function projectFiles({
  root: given,
  kept,
  fs = nodeFileSystem(),
  system = thisSystem,
}: ProjectPlace): ProjectFiles {
  const root = system.real(given);
  const at = (path: string): string => (path === "" ? root : join(root, path));

  function publish(from: string, to: string): void {
    try {
      system.link(from, to);
    } catch (error) {
      if (!NO_LINKS.has(codeOf(error))) throw error;
      // a file system without hard links: the moment in between is the price
      if (fs.stat(to) !== undefined) throw taken(to);
      fs.rename(from, to);
    }
  }

  return {
    root,
    kept: kept.map((folder) => realWhereItIs(folder, system)),
    look(path) {
      const stat = fs.stat(at(path));
      if (stat === undefined) return undefined;
      const { kind, mode, size } = stat;
      if (kind === "folder" || kind === "other") return { kind };
      const { owner, modifiedNs, names } = system.describe(at(path));
      return kind === "link"
        ? { kind, target: fs.readLink(at(path)), modifiedNs }
        : { kind, bytes: size, mode, owner, modifiedNs, names };
    },
    real: (path) => system.real(at(path)),
    read(path) {
      const fd = fs.open(at(path), "read");
      try {
        return fs.read(fd, 0, fs.statOpen(fd).size);
      } finally {
        fs.close(fd);
      }
    },
    mayOwn: (owner) => system.mayOwn(owner),
    create(path, bytes, { mode, owner, modifiedNs }) {
      const fd = fs.open(at(path), "create");
      try {
        writeAll(fs, fd, bytes);
        if (owner !== undefined) system.setOwner(at(path), owner);
        fs.setMode(at(path), mode); // behind the owner: chown takes setuid away
        if (modifiedNs !== undefined) system.setModified(at(path), modifiedNs);
        fs.flush(fd);
      } finally {
        fs.close(fd);
      }
    },
    link(target, path, modifiedNs) {
      fs.makeLink(target, at(path));
      if (modifiedNs !== undefined) system.setModified(at(path), modifiedNs);
    },
    publish: (from, to) => publish(at(from), at(to)),
    rename: (from, to) => fs.rename(at(from), at(to)),
    exchange(from, to) {
      try {
        fs.exchange(at(from), at(to));
      } catch (error) {
        if (codeOf(error) !== "ENOSYS") throw error;
        fs.rename(at(from), at(to));
      }
    },
    remove: (path) => fs.removeFile(at(path)),
    makeFolder(path, mode) {
      fs.makeFolder(at(path));
      fs.setMode(at(path), mode);
    },
    removeFolder: (path) => fs.removeFolder(at(path)),
    flush: (folder) => flushFolder(fs, at(folder)),
  };
}

/** What link(2) says where there are no hard links, or none may be made. */
const NO_LINKS: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
]);

const thisSystem: ProjectSystem = {
  describe(path) {
    const { uid, gid, mtimeNs, nlink } = lstatSync(path, { bigint: true });
    return {
      owner: { uid: Number(uid), gid: Number(gid) },
      modifiedNs: mtimeNs.toString(),
      names: Number(nlink),
    };
  },
  link: linkSync,
  setOwner(path, { uid, gid }) {
    if (uid === -1 && gid === -1) return;
    const now = lstatSync(path);
    if (now.uid !== uid || now.gid !== gid) chownSync(path, uid, gid);
  },
  setModified(path, modifiedNs) {
    const seconds = Number(BigInt(modifiedNs) / 1000n) / 1e6;
    lutimesSync(path, seconds, seconds);
    if (lstatSync(path, { bigint: true }).mtimeNs === BigInt(modifiedNs)) return;
    // node's times are doubles: the last digits are lost. Where touch(1) does not know them either, so be it.
    spawnSync("touch", ["-h", "-m", "-d", `@${inSeconds(modifiedNs)}`, "--", path]);
  },
  mayOwn({ uid, gid }) {
    const own = process.geteuid?.();
    if (own === 0 || own === undefined) return true;
    return (
      uid === own && (process.getegid?.() === gid || (process.getgroups?.() ?? []).includes(gid))
    );
  },
  real: (path) => realpathSync(path),
};

function inSeconds(ns: string): string {
  const [sign, digits] = ns.startsWith("-") ? ["-", ns.slice(1)] : ["", ns];
  const padded = digits.padStart(10, "0");
  return `${sign}${padded.slice(0, -9)}.${padded.slice(-9)}`;
}

/** A folder that is not there yet is where its nearest parent that is will have it. */
function realWhereItIs(folder: string, system: ProjectSystem): string {
  try {
    return system.real(folder);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  const parent = join(folder, "..");
  return parent === folder
    ? folder
    : join(realWhereItIs(parent, system), folder.slice(parent.length));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function taken(path: string): Error {
  return Object.assign(new Error(`EEXIST: file already exists, link '${path}'`), {
    code: "EEXIST",
  });
}
