import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { linuxPlatform } from "./linux.ts";
import { macosPlatform } from "./macos.ts";
import type { Platform } from "./platform.ts";

/**
 * The platform of this machine.
 * @throws TetraError `UNSUPPORTED_PLATFORM` when it is neither Linux nor macOS.
 */
export function systemPlatform(system: NodeJS.Platform = process.platform): Platform {
  if (system === "linux") return linuxPlatform();
  if (system === "darwin") return macosPlatform();
  throw new TetraError<TsmErrorCode>(
    "UNSUPPORTED_PLATFORM",
    `services cannot be run on ${system}: only Linux and macOS are known`,
    { hint: "run it on Linux (a virtual machine or container does) or macOS" },
  );
}
