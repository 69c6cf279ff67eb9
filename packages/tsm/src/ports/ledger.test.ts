import fc from "fast-check";
import { expect, it } from "vitest";
import {
  agree,
  formatLedger,
  type LedgerRow,
  ledgerRow,
  type LedgerTruth,
  parseLedger,
  rowsOf,
  withoutService,
  withRow,
} from "./ledger.ts";

const HEADER = "tsm_id\tname\tdeclared_port\tactual_port\tpid\ttimestamp\n";
const FILE = `${HEADER}0\tweb-3000\t3000\tnone\t812\t1760000000
# a person's note
1\tworker-1760000001\tnone\tnone\t813\t1760000001
2\tbroken\tport\tnone\t1\t2
`;

const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const name = fc.stringMatching(/^[a-z]{1,6}$/);
const row: fc.Arbitrary<LedgerRow> = fc
  .record({ id: fc.nat(20), name, declared: port, actual: port, pid: port, timestamp: fc.nat() })
  .map(ledgerRow);
const truth: fc.Arbitrary<readonly LedgerTruth[]> = fc
  .uniqueArray(row, { selector: ({ id }) => id })
  .map((rows) => rows.filter((one, at) => rows.findIndex((two) => two.name === one.name) === at))
  .map((rows) => rows.map(({ timestamp: _timestamp, ...service }) => service));
const line = fc.oneof(
  row.map((value) => ({ type: "row", row: value }) as const),
  fc.stringMatching(/^#[a-z ]{0,9}$/).map((text) => ({ type: "foreign", text }) as const),
);

it("reads the original's rows and keeps every other line", () => {
  const ledger = parseLedger(FILE);

  expect(rowsOf(ledger)).toEqual([
    { id: 0, name: "web-3000", declared: 3000, pid: 812, timestamp: 1_760_000_000 },
    { id: 1, name: "worker-1760000001", pid: 813, timestamp: 1_760_000_001 },
  ]);
  expect(formatLedger(ledger)).toBe(FILE);
});

it("registering replaces the service's row where it stands; deregistering takes it out", () => {
  const ledger = parseLedger(FILE);
  const again = withRow(ledger, { id: 0, name: "web-3000", declared: 3000, timestamp: 7 });

  expect(formatLedger(again).split("\n")[1]).toBe("0\tweb-3000\t3000\tnone\tnone\t7");
  expect(rowsOf(withoutService(again, { id: 0, name: "web-3000" }))).toHaveLength(1);
});

it("what was written is read back", () => {
  fc.assert(
    fc.property(fc.array(line), (ledger) => {
      expect(parseLedger(formatLedger(ledger))).toEqual(ledger);
    }),
  );
});

it("after agreeing the rows are the services, each once, and foreign lines stay in order", () => {
  fc.assert(
    fc.property(fc.array(line), truth, (ledger, services) => {
      const agreed = agree(ledger, services, 42);
      const found = rowsOf(agreed).map(({ timestamp: _timestamp, ...service }) => service);

      expect(found.toSorted((a, b) => a.id - b.id)).toEqual(
        services.toSorted((a, b) => a.id - b.id),
      );
      const foreign = (lines: typeof ledger): unknown =>
        lines.filter(({ type }) => type === "foreign");
      expect(foreign([...agreed])).toEqual(foreign(ledger));
      expect(agree(agreed, services, 43)).toEqual(agreed);
    }),
  );
});
