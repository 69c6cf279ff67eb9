import { chownSync, realpathSync, statSync } from "node:fs";
import { type FileSystem, isSystemError, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { InstancesErrorCode } from "./errors.ts";
import { removeIfThere, textAt } from "./nginx-folder.ts";
import {
  type NginxParts,
  type NginxSettings,
  reloadNginx,
  type RunningNginx,
  testNginx,
} from "./nginx-program.ts";

/** A file and what should be in it; `undefined`: it should not be there. */
export interface Wanted {
  readonly path: string;
  readonly text: string | undefined;
}

/** What is known of nginx at the moment. */
export interface Scene {
  readonly settings: NginxSettings;
  /** The main configuration. */
  readonly conf: string;
  readonly version: string;
  readonly running: RunningNginx | undefined;
}

/** What a change came to. */
export interface NginxChange {
  /** Files that are different now. */
  readonly changed: readonly string[];
  /** `down`: no nginx runs with this configuration; it will read it when it is started. */
  readonly nginx: "reloaded" | "unchanged" | "down";
}

/** What applying a change takes. */
export interface Applying extends NginxParts {
  readonly fs: FileSystem;
  /** There while what is written was not read by nginx yet. */
  readonly pending: string;
}

/**
 * Writes files, has nginx check them and read them again. What it refuses is put back (N2); what a writer
 * that died has left is read again (N3). The caller holds the lock.
 * @throws TetraError `NGINX_REFUSED`, `NGINX_NOT_RELOADED`
 */
export async function applyToNginx(
  parts: Applying,
  scene: Scene,
  wanted: readonly Wanted[],
): Promise<NginxChange> {
  const { fs, pending } = parts;
  const before = wanted.map(({ path }) => ({ path, text: textAt(fs, path) }));
  const different = wanted.filter(({ text }, index) => text !== before[index]?.text);
  const isPending = fs.stat(pending) !== undefined;
  if (different.length === 0 && !isPending) {
    return { changed: [], nginx: scene.running === undefined ? "down" : "unchanged" };
  }
  writeFileAtomic(fs, pending, new Uint8Array(), { durable: true });
  const written: Wanted[] = [];
  try {
    for (const file of different) {
      putOrRefuse(fs, file);
      written.push(file);
    }
    await testNginx(parts, scene.settings, scene.conf);
  } catch (error) {
    for (const file of before) {
      if (written.some(({ path }) => path === file.path)) put(fs, file);
    }
    if (!isPending) removeIfThere(fs, pending);
    throw error;
  }
  if (scene.running !== undefined) await reloadNginx(parts, scene.running);
  removeIfThere(fs, pending);
  const changed = different.map(({ path }) => path);
  return { changed, nginx: scene.running === undefined ? "down" : "reloaded" };
}

/** @throws TetraError `NGINX_CONF` for a file that may not be written */
function putOrRefuse(fs: FileSystem, file: Wanted): void {
  try {
    put(fs, file);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new TetraError<InstancesErrorCode>(
      "NGINX_CONF",
      `${file.path} cannot be written: ${error.message}`,
      {
        hint: "do it as its owner, or use an nginx of your own: tsm nginx install --conf FILE",
        details: { path: file.path },
        cause: error,
      },
    );
  }
}

/** Writes or removes a file and leaves mode and owner as they are; new ones are private. */
function put(fs: FileSystem, { path, text }: Wanted): void {
  if (text === undefined) return removeIfThere(fs, path);
  const before = statSync(path, { throwIfNoEntry: false });
  writeFileAtomic(fs, path, new TextEncoder().encode(text), { durable: true });
  if (before === undefined) return;
  fs.setMode(path, before.mode & 0o7777);
  if (before.uid !== process.getuid?.()) chownSync(path, before.uid, before.gid);
}

/** The user's main configuration, where it really is. @throws TetraError `NGINX_CONF` */
export function readConf(
  fs: FileSystem,
  path: string,
): { readonly path: string; readonly text: string } {
  try {
    const real = realpathSync(path);
    const text = textAt(fs, real);
    if (text !== undefined) return { path: real, text };
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
  throw new TetraError<InstancesErrorCode>("NGINX_CONF", `there is no ${path}`, {
    hint: "say which nginx.conf to use: tsm nginx install --conf FILE",
    details: { path },
  });
}
