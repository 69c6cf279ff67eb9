import { TetraError } from "@tetra/errors";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunErrorCode } from "../errors.ts";
import type { SshRoute } from "../levels/connector-level.ts";
import type { RouteConnector } from "./connector-port.ts";
import { controlPath } from "./control-path.ts";
import { commandOptions, connect, connectFailure, disconnect, isOpen } from "./ssh-session.ts";

const SSH_FAILED = 255;

/** The system's OpenSSH client, through one shared connection. */
export const SSH_CONNECTOR: RouteConnector<SshRoute> = {
  isOnTerminal: true,
  connect,
  passage(route, options) {
    // its own messages apart from those of the command; a file, because what Node has for pipes are
    // sockets, which cannot be opened by a name
    const folder = mkdtempSync(join(tmpdir(), "tetra-ssh-log-"));
    const log = join(folder, "log");
    return {
      sessionOptions: ["-E", log, ...commandOptions(route, options)],
      words: () => (existsSync(log) ? readFileSync(log, "utf8") : ""),
      end: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
  async wayFailure(subject, { route, options, status, ownWords }) {
    if (status !== null && status !== SSH_FAILED) return undefined;
    if (ownWords.trim() !== "") return connectFailure(subject, ownWords);
    // a command may end with 255 too; over a connection that still stands, it did
    const path = controlPath(route, options);
    const standing = path === undefined || (await isOpen(path));
    if (standing && status !== null) return undefined;
    return new TetraError<RunErrorCode>("CONNECTION_LOST", `${subject}: the connection broke`, {
      hint: "try again; what was begun may or may not have been done",
    });
  },
  disconnect,
};
