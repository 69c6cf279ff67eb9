import { TetraError } from "@tetra/errors";
import type { ShellData } from "@tetra/tts-core/saga";
import * as z from "zod/mini";
import type { TtmErrorCode } from "../errors.ts";

const shape: z.ZodMiniType<ShellData> = z.strictObject({
  run: z.union([z.string(), z.array(z.string())]),
  env: z.exactOptional(z.record(z.string(), z.string())),
  cwd: z.exactOptional(z.string()),
  on: z.exactOptional(z.string()),
  shows: z.exactOptional(z.string()),
});

/** Reads the data of a step whose action is `shell`. @throws TetraError `INVALID_SAGA` */
export function parseShellData(data: unknown): ShellData {
  const result = shape.safeParse(data);
  if (result.success) return result.data;
  const key = result.error.issues[0]?.path.join(".") ?? "";
  throw new TetraError<TtmErrorCode>(
    "INVALID_SAGA",
    `the action shell needs run, and may have env, cwd and on${key === "" ? "" : `: ${key} is not right`}`,
    { hint: 'give it data such as {"run": ["systemctl", "restart", "app"]}' },
  );
}

/** The command as an argument vector. */
export function argvOf({ run }: ShellData): readonly string[] {
  return typeof run === "string" ? ["sh", "-c", run] : run;
}
