import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { isSystemError } from "@tetra/durable-fs";
import { type Answer, httpServer, type Tls } from "./http-server.ts";
import { type HttpSettings, LOOPBACK, urlOf } from "./settings.ts";

/** What listens for others than the daemon. */
export interface Listening {
  readonly urls: readonly string[];
  close(): void;
}

/** A machine may lack one of two loopback addresses. */
const MISSING = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

/**
 * Listens where the settings say: at all addresses or at none.
 * @throws SystemError as the kernel says it, such as `EADDRINUSE`
 */
export async function listen(settings: HttpSettings, answer: Answer): Promise<Listening> {
  const tls = tlsOf(settings);
  const servers: Server[] = [];
  const urls: string[] = [];
  let { port } = settings;
  try {
    for (const address of settings.address === undefined ? LOOPBACK : [settings.address]) {
      const server = await httpServer(answer, tls);
      try {
        port = await listenAt(server, { address, port });
        servers.push(server);
        urls.push(urlOf(address, port, settings));
      } catch (error) {
        const isMissing = MISSING.some((code) => isSystemError(error, code));
        if (!isMissing || address !== "::1" || urls.length === 0) throw error;
      }
    }
  } catch (error) {
    closeAll(servers);
    throw error;
  }
  return { urls, close: () => closeAll(servers) };
}

/** Listens on a socket of the file system. */
export async function listenOnSocket(path: string, answer: Answer): Promise<Listening> {
  const server = await httpServer(answer, undefined);
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o600);
  return { urls: [], close: () => closeAll([server]) };
}

async function listenAt(
  server: Server,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<number> {
  server.listen({ host: address, port, ipv6Only: address === "::1", exclusive: true });
  await once(server, "listening");
  const bound: AddressInfo | string | null = server.address();
  return bound !== null && typeof bound === "object" ? bound.port : port;
}

function closeAll(servers: readonly Server[]): void {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
}

function tlsOf({ tls }: HttpSettings): Tls | undefined {
  return tls && { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
}
