import { TetraError } from "@tetra/errors";
import type { TetradErrorCode } from "../errors.ts";

/** How the Model Context Protocol is to be served over HTTP. */
export interface HttpSettings {
  /** 0: any that is free. */
  readonly port: number;
  /** Absent: the loopback addresses, 127.0.0.1 and ::1. */
  readonly address?: string;
  /** Names of this machine that requests may be for, besides the address and those of loopback. */
  readonly hosts: readonly string[];
  /** Files in PEM; absolute. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Whether a proxy in front speaks TLS with the world. */
  readonly behindProxy: boolean;
}

/** The port when nobody asks for another. */
export const DEFAULT_PORT = 4444;

/** Where it listens when nobody asks for another address. Both, or somebody else could have the other one. */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

/** Whether only this machine can reach an address. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address === "localhost" || /^127(?:\.\d{1,3}){3}$/.test(address);
}

/**
 * Refuses what would send tokens over a network as they are, or let anybody in.
 * @throws TetraError `HTTP_ADDRESS_REFUSED`
 */
export function checkReach(settings: HttpSettings, { hasTokens }: { hasTokens: boolean }): void {
  const { address, tls, behindProxy } = settings;
  if (address === undefined || isLoopback(address)) return;
  if (tls === undefined && !behindProxy) {
    throw refused(address, {
      why: "without TLS, tokens would cross the network as they are",
      hint: "give --tls-cert and --tls-key, or --behind-proxy when a proxy in front speaks TLS",
    });
  }
  if (!hasTokens) {
    throw refused(address, {
      why: "there is no token yet, so nobody could use it",
      hint: "make one first: tetrad token create NAME",
    });
  }
}

function refused(
  address: string,
  { why, hint }: { readonly why: string; readonly hint: string },
): TetraError<TetradErrorCode> {
  return new TetraError("HTTP_ADDRESS_REFUSED", `not served on ${address}: ${why}`, {
    hint,
    details: { address },
  });
}

/** The address as it is typed into a client. */
export function urlOf(address: string, port: number, { tls }: Pick<HttpSettings, "tls">): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `${tls === undefined ? "http" : "https"}://${host}:${port}/mcp`;
}
