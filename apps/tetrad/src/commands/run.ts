import type { TetradRun } from "../app.ts";

/** `tetrad run` */
export const run: TetradRun = (args, { serve }) => serve(args.has("on-demand"));
