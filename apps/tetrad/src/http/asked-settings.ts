import { resolve } from "node:path";
import { type Arguments, type Options, usageError } from "@tetra/cli-kit";
import { DEFAULT_PORT, type HttpSettings } from "./settings.ts";

/** The options that say how HTTP is to be served. */
export const HTTP_OPTIONS: Options = {
  http: { summary: "serve agents over HTTP, at this port (4444); remembered until --no-http" },
  "no-http": { summary: "do not serve agents over HTTP any more" },
  address: { value: "ADDRESS", summary: "another address than loopback; wants TLS, or a proxy" },
  host: {
    value: "NAME",
    summary: "a name of this machine that requests may be for",
    repeats: true,
  },
  "tls-cert": { value: "FILE", summary: "certificate, in PEM", complete: { type: "files" } },
  "tls-key": { value: "FILE", summary: "its key, in PEM", complete: { type: "files" } },
  "behind-proxy": { summary: "a proxy in front speaks TLS with the world" },
};

/** Lines of help that go with {@link HTTP_OPTIONS}. */
export const HTTP_DETAILS: readonly string[] = [
  "With --http the daemon serves the Model Context Protocol at http://127.0.0.1:PORT/mcp, to whoever has",
  "a token (tetrad token create). This is written to config/tetrad.json and holds for every daemon of",
  "this TETRA_DIR, until --no-http.",
];

const WITH_HTTP = ["address", "host", "tls-cert", "tls-key", "behind-proxy"];

/** What was asked for: settings, that there be none, or nothing about it. */
export type Asked =
  | { readonly type: "on"; readonly settings: HttpSettings }
  | { readonly type: "off" }
  | { readonly type: "as it is" };

/** Reads those options. @throws TetraError `USAGE` */
export function askedSettings(args: Arguments, cwd: string): Asked {
  const port = args.at(0);
  if (!args.has("http")) {
    const stray = WITH_HTTP.find((name) => args.has(name));
    if (stray !== undefined) throw usageError(`--${stray} goes with --http`, "add --http");
    if (port !== undefined) throw usageError("a port goes with --http", `write --http ${port}`);
    return { type: args.has("no-http") ? "off" : "as it is" };
  }
  if (args.has("no-http")) throw usageError("--http and --no-http exclude each other", "choose");
  const address = args.value("address");
  const [cert, key] = [args.value("tls-cert"), args.value("tls-key")];
  if ((cert === undefined) !== (key === undefined)) {
    throw usageError("--tls-cert and --tls-key go together", "give both files");
  }
  return {
    type: "on",
    settings: {
      port: port === undefined ? DEFAULT_PORT : portOf(port),
      hosts: args.values("host"),
      behindProxy: args.has("behind-proxy"),
      ...(address === undefined ? {} : { address }),
      ...(cert === undefined || key === undefined
        ? {}
        : { tls: { cert: resolve(cwd, cert), key: resolve(cwd, key) } }),
    },
  };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw usageError(`${text} is no port`, "write a number from 1 to 65535, or 0 for any free one");
}
