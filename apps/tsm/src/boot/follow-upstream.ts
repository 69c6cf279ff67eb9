import { isTetraError } from "@tetra/errors";
import type { Services } from "@tetra/tsm";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { App } from "../app.ts";

/**
 * Has nginx follow what was started, stopped or removed. Costs nothing where nothing is installed for nginx;
 * that it could not follow is told, but is no failure of what was done.
 */
export async function followUpstream(app: App, services: Services): Promise<void> {
  if (!existsSync(join(app.places().folder, "nginx/sites"))) return;
  const { openedNginx } = await import("./opened-nginx.ts");
  try {
    await openedNginx(app, services).sync();
  } catch (error) {
    if (!isTetraError(error)) throw error;
    app.err.print(`⚠️  nginx does not follow: ${error.message}; run tsm nginx sync`);
  }
}
