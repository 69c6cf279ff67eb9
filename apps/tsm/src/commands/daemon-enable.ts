import type { TsmRun } from "../app.ts";
import { controlUnit } from "../boot/control-unit.ts";

/** `tsm daemon enable [@dev|@production]` */
export const run: TsmRun = controlUnit("enable", "is enabled: it starts at boot");
