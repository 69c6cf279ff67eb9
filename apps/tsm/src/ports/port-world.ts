import { systemPlatform } from "@tetra/tsm";
import {
  heldPorts,
  lookAtPorts,
  parseFlatPorts,
  type PortBooks,
  portStore,
  type PortWorld,
  readLedger,
  readPortsConfig,
} from "@tetra/tsm/ports";
import { readFileSync } from "node:fs";
import type { App } from "../app.ts";
import { openedServices } from "../opened-services.ts";
import { givenFile } from "./given-file.ts";

/** What commands about ports work with. @throws TetraError `NO_DATA_ROOT`, `UNSUPPORTED_PLATFORM` */
export function portWorld(app: App): PortWorld {
  return {
    store: portStore(app.places().folder),
    services: openedServices(app),
    platform: systemPlatform(),
  };
}

/** Everywhere that a name and its port may be written, `TSM_PORTS_FILE` too. @throws TetraError `FILE_UNUSABLE`, `INVALID_PORTS_FILE` */
export function portBooks(app: App, { store, services, platform }: PortWorld): PortBooks {
  return {
    services: lookAtPorts(services, platform).services,
    ledger: readLedger(store),
    allocations: heldPorts(store, platform),
    config: readPortsConfig(store),
    flat: flatPorts(app.env["TSM_PORTS_FILE"] ?? ""),
  };
}

function flatPorts(file: string): ReadonlyMap<string, number> {
  return file === ""
    ? new Map()
    : parseFlatPorts(givenFile(file, () => readFileSync(file, "utf8")));
}
