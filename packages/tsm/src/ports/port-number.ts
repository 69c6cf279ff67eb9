import { TetraError } from "@tetra/errors";
import type { PortsErrorCode } from "./errors.ts";

/** The highest port there is. */
const LAST_PORT = 65_535;

/** The port that a text or value says; `undefined` when it says none. */
export function portFrom(value: unknown): number | undefined {
  const isDigits = typeof value === "string" && /^[0-9]{1,5}$/.test(value);
  const port = isDigits ? Number(value) : value;
  const isPort = typeof port === "number" && Number.isInteger(port) && port > 0;
  return isPort && port <= LAST_PORT ? port : undefined;
}

/**
 * Reads what somebody gave as a port.
 * @throws TetraError `INVALID_PORT`
 */
export function parsePort(text: string): number {
  const port = portFrom(text);
  if (port !== undefined) return port;
  throw new TetraError<PortsErrorCode>("INVALID_PORT", `${JSON.stringify(text)} is no port`, {
    hint: `use a whole number from 1 to ${LAST_PORT}`,
    details: { port: text },
  });
}
