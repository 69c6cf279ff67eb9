import { isTetraError, TetraError } from "@tetra/errors";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TsmRun } from "../app.ts";
import type { TsmCliErrorCode } from "../errors.ts";
import { openedDefinitions } from "../opened-definitions.ts";

/** `tsm edit <name>`: a copy is edited, checked, and put in place whole */
export const run: TsmRun = async (args, app) => {
  const definitions = openedDefinitions(app);
  const stored = definitions.find(args.at(0) ?? "");
  const before = definitions.text(stored);
  const folder = mkdtempSync(join(tmpdir(), "tsm-edit-"));
  const copy = join(folder, `${stored.name}.tsm`);
  writeFileSync(copy, before, { mode: 0o600 });
  const { env } = app;
  const editor = [env["VISUAL"], env["EDITOR"]].find((it) => it?.trim()) ?? "vi";
  // an editor may come with options, as in EDITOR="code --wait"
  const { status } = spawnSync("/bin/sh", ["-c", `${editor} "$1"`, "sh", copy], {
    stdio: "inherit",
    env,
  });
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    throw new TetraError<TsmCliErrorCode>("FILE_UNUSABLE", `${editor} did not end well`, {
      hint: "nothing was changed; set EDITOR to one that is there",
      details: { editor, status },
    });
  }
  const after = readFileSync(copy, "utf8");
  try {
    if (after !== before) definitions.replace(stored, after);
  } catch (error) {
    if (!isTetraError(error)) throw error;
    throw new TetraError(error.code, error.message, {
      hint: `nothing was changed; what you wrote is in ${copy}`,
      details: { ...error.details, copy },
      cause: error,
    });
  }
  rmSync(folder, { recursive: true });
  const message =
    after === before ? `Nothing changed: ${stored.address}` : `✅ Changed: ${stored.file}`;
  if (app.out.mode === "json") app.out.json({ success: true, data: { changed: after !== before } });
  else app.out.print(message);
};
