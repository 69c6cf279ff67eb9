import { isTetraError } from "@tetra/errors";
import { parseScope, ragFolder } from "@tetra/rag-adapter";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path/posix";
import type { App } from "../app.ts";
import type { Places } from "../data-root.ts";
import type { FlowPlace } from "./flow-ground.ts";

/** This program, working on flows in place of transactions. */
export interface FlowApp {
  readonly app: App;
  readonly place: FlowPlace;
}

/**
 * Finds the flows: where `TTM_TXNS_DIR` says, as it does in a shell that has sourced the functions of flows; else the
 * project's (`./rag/flows`), or with `RAG_SCOPE=global` those in the data root.
 */
export async function flowApp(app: App): Promise<FlowApp> {
  const { env } = app;
  const cwd = app.cwd();
  const places = placesOf(app);
  const query = {
    scope: parseScope(env["RAG_SCOPE"]),
    cwd,
    tetraDir: places.root,
    home: env["HOME"] ?? "",
    override: env["RAG_DIR"],
  };
  const settled = env["TTM_TXNS_DIR"];
  const folder = settled ? resolve(cwd, settled) : (await ragFolder(query, existsSync)).flows;
  return {
    app: { ...app, places: () => ({ ...places, transactions: folder }) },
    place: { folder, root: places.root, cwd },
  };
}

/** The original has a default for the data root of flows, and none for that of transactions. */
function placesOf(app: App): Places {
  try {
    return app.places();
  } catch (error) {
    const home = app.env["HOME"] ?? "";
    if (!isTetraError(error, "NO_DATA_ROOT") || home === "") throw error;
    const root = join(home, ".tetra");
    const own = join(root, "ttm");
    return {
      root,
      transactions: join(own, "txns"),
      topology: join(own, "topology.json"),
      actions: join(own, "actions.json"),
    };
  }
}
