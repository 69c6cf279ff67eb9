import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { SshRoute } from "../levels/connector-level.ts";
import type { ConnectorOptions } from "./options.ts";

// the kernel takes 104 bytes (macOS) with the final NUL; ssh first binds a name that is 17 bytes longer
const LONGEST_FOLDER = 104 - 1 - 17 - "/0123456789abcdef".length;

/**
 * The socket of the shared connection of a route. Everything that makes a connection another one is in
 * its name.
 * @returns `undefined` when no folder is short and private enough: then connections are not shared.
 */
export function controlPath(route: SshRoute, options: ConnectorOptions): string | undefined {
  if (options.keepOpenSeconds === 0) return undefined;
  const folder = candidates(options).find(isUsable);
  if (folder === undefined) return undefined;
  const { host, user, port, identityFile, jump } = route;
  const identity = [options.sshConfig, host, user, port, identityFile, jump].map(
    (part) => part ?? null,
  );
  const name = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
  return join(folder, name);
}

function candidates({ controlFolder }: ConnectorOptions): readonly string[] {
  if (controlFolder !== undefined) return [controlFolder];
  const runtime = process.env["XDG_RUNTIME_DIR"];
  const own = `tetra-ssh-${process.getuid?.() ?? 0}`;
  return [
    ...(runtime === undefined || runtime === "" ? [] : [join(runtime, "tetra-ssh")]),
    join(tmpdir(), own),
    join("/tmp", own),
  ];
}

/** Whoever can write to the folder could wait there with a socket of their own. */
function isUsable(folder: string): boolean {
  if (Buffer.byteLength(folder) > LONGEST_FOLDER) return false;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = lstatSync(folder);
    const isFolder = (mode & 0o170000) === 0o040000;
    return isFolder && (mode & 0o077) === 0 && uid === process.getuid?.();
  } catch {
    return false; // not ours to make: another one, or none
  }
}
