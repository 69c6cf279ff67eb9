const LISTEN = "0A";

/** The sockets of `/proc/net/tcp` or `tcp6` that listen: port and inode. */
export function parseListeningSockets(
  text: string,
): readonly { readonly port: number; readonly inode: string }[] {
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map(([, local = "", , , , , , , , inode = ""]) => ({
      port: Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16),
      inode,
    }));
}
