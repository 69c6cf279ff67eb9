import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { UnitScope } from "./daemon-unit.ts";
import type { BootErrorCode } from "./errors.ts";
import { isMissing, type ProgramRunner } from "./run-program.ts";

/** A unit before it is installed. */
export interface UnitFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Has systemd itself check units together, before anything is installed.
 * @returns `unchecked`: there is no `systemd-analyze` here.
 * @throws TetraError `UNIT_REFUSED` also for what systemd would only warn of: a setting that it ignores.
 */
export async function checkUnits(
  run: ProgramRunner,
  scope: UnitScope,
  units: readonly UnitFile[],
): Promise<"checked" | "unchecked"> {
  const folder = mkdtempSync(join(tmpdir(), "tsm-unit-"));
  try {
    const paths = units.map(({ name, text }) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    });
    const runtime = scope === "user" ? { XDG_RUNTIME_DIR: folder } : {};
    const result = await run("systemd-analyze", [`--${scope}`, "--man=no", "verify", ...paths], {
      SYSTEMD_UNIT_PATH: `${folder}:`,
      ...runtime,
    });
    if (isMissing(result)) return "unchecked";
    const output = `${result.stdout}${result.stderr}`.replaceAll(`${folder}/`, "");
    const about = output
      .split("\n")
      .filter((line) => units.some(({ name }) => line.includes(name)));
    if (result.status === 0 && about.length === 0) return "checked";
    throw new TetraError<BootErrorCode>(
      "UNIT_REFUSED",
      `systemd would refuse ${units.map(({ name }) => name).join(", ")}: ${about[0] ?? output.trim()}`,
      { hint: "mend what it names; nothing was installed", details: { output } },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
