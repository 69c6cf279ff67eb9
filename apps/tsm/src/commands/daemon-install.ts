import { TetraError } from "@tetra/errors";
import { type DaemonUnit, daemonUnitName, daemonUnitText, installDaemon } from "@tetra/tsm/boot";
import { realpathSync } from "node:fs";
import type { TsmRun } from "../app.ts";
import { bootHost, whichUnit } from "../boot/boot-host.ts";
import { printText } from "../boot/print-text.ts";
import type { TsmCliErrorCode } from "../errors.ts";
import { findTetrad } from "../start/wake-daemon.ts";

/** `tsm daemon install [@dev|@production]` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const which = whichUnit(args);
  const host = bootHost(app);
  const tetrad = findTetrad(app);
  if (tetrad === undefined) {
    throw new TetraError<TsmCliErrorCode>("FILE_UNUSABLE", "tetrad is not installed", {
      hint: "install @tetra/tetrad beside tsm",
    });
  }
  const user = args.value("user");
  const unit: DaemonUnit = {
    ...which,
    node: process.execPath,
    tetrad: realpathSync(tetrad),
    tetraDir: app.places().root,
    path: app.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    ...(which.scope === "system" && user !== undefined ? { user } : {}),
  };
  if (args.has("dry-run")) return printText(app, daemonUnitText(unit));
  const installed = await installDaemon(host, unit);
  const name = daemonUnitName(which.flavour);
  const message = `✅ ${name} ${installed.isNew ? "installed" : "is installed already"}`;
  if (out.mode === "json") return out.json({ success: true, message, data: installed });
  out.print(message);
  out.printAll(installed.paths.map((path) => [`  ${path}`]));
  if (installed.check === "unchecked")
    err.print("⚠️  systemd-analyze is missing: it was not checked");
  out.print(
    `Next: tsm daemon enable${which.flavour === "dev" ? " @dev" : ""}${which.scope === "system" ? " --system" : ""}`,
  );
};
