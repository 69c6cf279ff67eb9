import type { Argument, Option } from "@tetra/cli-kit";
import type { TtmCommand } from "./app.ts";
import { TWO_PHASE } from "./groups.ts";

const id: Argument = { name: "id", complete: { type: "ask", topic: "two-phase" } };

/** Where participants come from. */
export const participants: Option = {
  value: "MODULE",
  summary: "a .ts or .js file that exports participants: an array, or a function",
  complete: { type: "files" },
};

const STATUS_LINE =
  "Exit status: 0 nothing is left, 3 needs a person or a participant that MODULE lacks, 75 somebody is away.";

/** The subcommands that deal with two-phase commit. */
export const TWO_PHASE_COMMANDS: readonly TtmCommand[] = [
  {
    name: "2pc list",
    group: TWO_PHASE,
    summary: "list the two-phase commits that are open, and whom they wait for",
    options: { all: { summary: "those that have ended as well" } },
    load: () => import("./commands/2pc-list.ts"),
  },
  {
    name: "2pc show",
    group: TWO_PHASE,
    summary: "show votes, the decision, and how far each participant is",
    arguments: [id],
    details: ["ttm show and ttm status show it as well."],
    examples: ["2pc show transfer-20260131T093000"],
    load: () => import("./commands/2pc-show.ts"),
  },
  {
    name: "2pc recover",
    group: TWO_PHASE,
    summary: "settle what dead processes left open: abort it, or carry the decision out",
    options: { participants },
    details: [
      "Without a decision in the log it is rolled back, with one it is driven to the end. Then what waits",
      "at a participant though nobody carries it. What somebody alive carries is left alone. One attempt:",
      "ttm worker --participants tells those that are away again, until they are back.",
      STATUS_LINE,
    ],
    examples: ["2pc recover --participants participants.ts"],
    load: () => import("./commands/2pc-recover.ts"),
  },
  {
    name: "2pc resolve",
    group: TWO_PHASE,
    summary: "say that a person looked after a participant that had its own way",
    arguments: [
      { ...id, required: true },
      { name: "participant", repeats: true },
    ],
    options: {
      retry: { summary: "tell it the decision again" },
      settled: { summary: "it was put right by hand: take it as done" },
      why: { value: "TEXT", summary: "the reason, kept in the log" },
      participants,
    },
    details: ["Without names, all that need a person. --retry wants --participants.", STATUS_LINE],
    examples: ['2pc resolve transfer-20260131T093000 ledger --settled --why "booked by hand"'],
    load: () => import("./commands/2pc-resolve.ts"),
  },
];
