import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTetraError, type TetraError } from "@tetra/errors";
import { onTestFinished } from "vitest";
import {
  openServices,
  type Services,
  type ServicesOptions,
  type ServiceSpec,
} from "../src/index.ts";

/** Processes take their time on a busy machine. */
export const PATIENCE_MS = 60_000;

/** Services in a folder of their own; whatever runs is ended with the test. */
export interface Temporary {
  readonly folder: string;
  readonly services: Services;
  /** What a service has under its folder. */
  readonly pathOf: (name: string, file: string) => string;
}

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tsm-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Services in a temporary folder. */
export function temporaryServices(options: Partial<ServicesOptions> = {}): Temporary {
  const folder = temporaryFolder();
  const services = openServices({ folder, ...options });
  onTestFinished(() => endAll(folder));
  return {
    folder,
    services,
    pathOf: (name, file) => join(folder, "runtime/processes", name, file),
  };
}

async function endAll(folder: string): Promise<void> {
  const services = openServices({ folder });
  for (const name of services.names()) {
    await services.stop(name, { timeoutMs: 0 }).catch((error: unknown) => {
      if (!isTetraError(error, "NOT_RUNNING") && !isTetraError(error, "INVALID_META")) throw error;
    });
  }
}

/** A service with what most tests do not care about. */
export function specOf(
  name: string,
  command: ServiceSpec["command"],
  more: Partial<ServiceSpec> = {},
): ServiceSpec {
  return {
    name,
    command,
    cwd: tmpdir(),
    environment: { PATH: process.env["PATH"] ?? "" },
    ...more,
  };
}

/** What a refused action was refused with. */
export async function refusal(action: Promise<unknown>): Promise<TetraError> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isTetraError(error)) throw new Error("was not refused", { cause: error });
  return error;
}
