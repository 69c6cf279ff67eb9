import { styled, table } from "@tetra/cli-kit";
import { readTriggers, triggerFile } from "@tetra/tsm/monitoring";
import type { TsmRun } from "../app.ts";

/** `tsm triggers` */
export const run: TsmRun = async (_args, { out, places }) => {
  const { folder } = places();
  const triggers = readTriggers(folder);
  if (out.mode === "json") {
    out.json({
      file: triggerFile(folder),
      triggers: triggers.map(({ name, command, description, isEnabled, line }) => ({
        name,
        command,
        description,
        enabled: isEnabled,
        line,
      })),
    });
  } else if (triggers.length === 0) {
    out.print("No triggers. Write NAME|CMD|DESC|ENABLED into");
    out.print(triggerFile(folder));
  } else {
    const heading = ["EVENTS", "ENABLED", "DESCRIPTION", "COMMAND"];
    const rows = triggers.map(({ name, command, description, isEnabled }) => [
      name,
      isEnabled ? styled("yes", "green") : styled("no", "dim"),
      description,
      command,
    ]);
    out.printAll(
      table([heading.map((word) => styled(word, "bold")), ...rows], { columns: out.columns }),
    );
  }
};
