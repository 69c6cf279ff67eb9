import type { Argument } from "@tetra/cli-kit";
import type { TsmCommand } from "../app.ts";
import { LOGS } from "../groups.ts";

// What help and completion know of these commands; the code of each is loaded when it is called.

const services: Argument = {
  name: "service",
  required: true,
  repeats: true,
  complete: { type: "ask", topic: "services" },
};

/** What services print. */
export const LOG_COMMANDS: readonly TsmCommand[] = [
  {
    name: "logs",
    group: LOGS,
    summary: "show what services print, and follow it",
    arguments: [services],
    options: {
      lines: { short: "n", value: "N", summary: "the last N lines of each stream (50)" },
      follow: { short: "f", summary: "go on with what comes, across restarts and rotations" },
      nostream: { summary: "do not follow, which is so anyway" },
      since: { value: "TIME", summary: "only what was printed since, such as 10m, 2h or a date" },
      timestamps: { short: "t", summary: "both streams in order of time, each line with its time" },
      grep: { short: "g", value: "PATTERN", summary: "lines that match a regular expression" },
      "ignore-case": { short: "i", summary: "upper and lower case are the same to --grep" },
      stream: {
        value: "out|err",
        summary: "one stream only",
        complete: { type: "words", words: ["out", "err"] },
      },
      raw: { summary: "pass on the bytes as they are, control characters included" },
    },
    details: [
      "Services write to their files themselves, without times. Beside the files it is noted now and then how",
      "long they were: at start, exit and rotation, while tetrad runs every 10 to 30 s that something is",
      "written, and every second while somebody follows. So a time says when a line had been written, and",
      "(-35s) behind it that it may be up to 35 s earlier; less than a second is not said. --since shows a line",
      "that may be too early rather than leave one out. Between two notes nobody knows in which order the",
      "two streams were written: then standard output comes first. start --merge-output keeps the exact",
      "order. Lines that are seen coming with --follow have their time to a quarter of a second.",
      "With --json each line is an object: service, stream, line, at, precision_ms, offset. Lines of more",
      "than 256 KiB come in parts.",
    ],
    examples: [
      "logs docs",
      "logs -f docs api",
      "logs '*' --since 10m --grep 'error|warn' -i",
      "logs docs --timestamps --lines 200",
    ],
    load: () => import("../commands/logs.ts"),
  },
  {
    name: "rotate",
    group: LOGS,
    summary: "archive the logs of services now",
    arguments: [services],
    details: [
      "tetrad does so by itself, for size and age. Whole blocks of the file system are archived, so that up to",
      "4 KiB stay; no line is lost where the file system can cut a file's beginning off (ext4, xfs) or make",
      "holes (tmpfs, btrfs). Elsewhere, as on macOS, the file is copied and emptied: what is written in between",
      "is lost.",
    ],
    examples: ["rotate docs", "rotate '*'"],
    load: () => import("../commands/rotate.ts"),
  },
];
