import { systemPlatform } from "@tetra/tsm";
import { type DoctorWorld, doctorWorld } from "@tetra/tsm/diagnosis";
import { homedir } from "node:os";
import type { App } from "../app.ts";
import { openedServices } from "../opened-services.ts";

/** What commands that diagnose work with. @throws TetraError `NO_DATA_ROOT`, `UNSUPPORTED_PLATFORM` */
export function openedDoctor(app: App): DoctorWorld {
  const { root, folder } = app.places();
  return doctorWorld({
    folder,
    services: openedServices(app),
    platform: systemPlatform(),
    environment: { ...app.env, TETRA_DIR: root },
    user: { home: app.env["HOME"] ?? homedir(), name: app.user() },
  });
}
