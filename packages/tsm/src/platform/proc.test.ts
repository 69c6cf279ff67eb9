import { expect, it } from "vitest";
import { parseListeningSockets } from "./proc-net.ts";
import { parseProcStat } from "./proc-stat.ts";

const FIELDS = "S 1 20 30 0 -1 4194304 115 0 0 0 7 5 2 1 20 0 1 0 1813060 2654208 395";

it.each(["sh", "a b", "evil) R 1 2 3", "("])("reads a process that is called %j", (name) => {
  expect(parseProcStat(`42 (${name}) ${FIELDS}`)).toEqual({
    pid: 42,
    start: "1813060",
    parent: 1,
    group: 20,
    session: 30,
    state: "sleeping",
    cpuTicks: 15,
    threads: 1,
  });
});

it.each(["", "42", "42 (sh) S"])("%j is no process", (line) => {
  expect(parseProcStat(line)).toBeUndefined();
});

it("finds what listens, of both versions of the protocol", () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0 100 0 0 10 0
   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 31338 1 0 20 4 30 10 -1
   2: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31339 1 0 100 0 0 10 0
`;

  expect(parseListeningSockets(text)).toEqual([
    { port: 8080, inode: "31337" },
    { port: 3000, inode: "31339" },
  ]);
});
