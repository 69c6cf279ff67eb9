import type { TsmCommand } from "../app.ts";
import { LOGS } from "../groups.ts";

/** What help and completion know of these commands; the code of each is loaded when it is called. */
export const WATCH_COMMANDS: readonly TsmCommand[] = [
  {
    name: "monit",
    group: LOGS,
    summary: "watch services, their use of processor and memory, and their logs",
    details: [
      "Up and down select a service, s starts or stops it, r restarts it, d deletes it, / filters,",
      "q quits. Looks once a second, while somebody looks.",
    ],
    examples: ["monit"],
    load: () => import("../commands/monit.ts"),
  },
];
