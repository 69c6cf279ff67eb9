import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A proxy on loopback whose connections can be cut, or that never passes anything on. */
export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection, without a goodbye. */
  cut(): void;
  /** Resolves with the next connection. */
  connected(): Promise<void>;
  close(): Promise<void>;
}

/** @param port where it listens; by default wherever it may. */
export async function tcpProxy(target: number | "nowhere", port = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    return socket;
  };
  const server = createServer((near) => {
    keep(near);
    if (target === "nowhere") return;
    const far = keep(connect(target, "127.0.0.1"));
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    async connected() {
      await once(server, "connection");
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
