import type { TsmRun } from "../app.ts";
import { controlUnit } from "../boot/control-unit.ts";

/** `tsm daemon disable [@dev|@production]` */
export const run: TsmRun = controlUnit("disable", "is disabled");
