/** What differs from one run to the next, and what stands for it when two runs are compared. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  // two of one description in one second: the later one gets a number
  [/\b\d{8}T\d{6}(?:-\d+)?\b/g, "<stamp>"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<instant>"],
  [/\b[0-9a-f]{64}\b/g, "<digest>"],
  [/("(?:ts_ms|duration_ms)": ?|\bduration_ms=)\d+/g, "$1<number>"],
  [/("(?:user|host|runner)": ?)"[^"]*"/g, "$1<name>"],
  [/\b\d+(?:\.\d+)? ?(?:ms|s|m|h)(?: \d+[smh])?\b(?: ago)?/g, "<duration>"],
  [/\bnow\b/g, "<duration>"],
  [/\bport \d+/g, "port <number>"],
  // services: what has no port has its time of birth in its name
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b/g, "<instant>"],
  [/-\d{10}\b/g, "-<epoch>"],
  [/(\bPID:? +|\bpid:? |"pid": )\d+/g, "$1<pid>"],
  [/\b\d+(?= +(?:\d+|-) +(?:online|starting|stopping)\b)/g, "<pid>"],
  [/\b\d+(?= +Online\b)/g, "<pid>"],
  [/\b\d+(?:\.\d+)?%/g, "<percent>"],
  [/\b\d+(?:\.\d+)? (?:KB|MB|GB)(?= |$)/g, "<size>"],
  [/("(?:cpu|memory|uptime|start_time|precision_ms)": ?)[\d.]+/g, "$1<number>"],
  [/(_ms=)\d{13}/g, "$1<number>"],
  [/looks after \d+/g, "looks after <number>"],
  // how precise a time is depends on when somebody looked
  [/ \(-<duration>\)/g, ""],
  [/[─]{2,}/g, "──"],
  // columns are as wide as what is in them
  [/ {2,}/g, "  "],
  [/ +$/g, ""],
];

/** A line as it is compared: ids, times, durations, digests, pids, sizes and ports are alike, and so are gaps of columns. */
export function normalize(line: string): string {
  return VARYING.reduce((text, [varying, stand]) => text.replace(varying, stand), line);
}
