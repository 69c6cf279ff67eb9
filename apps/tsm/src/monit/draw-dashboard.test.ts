import { displayWidth } from "@tetra/cli-kit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { EMPTY_DASHBOARD, withLines, withServices } from "./dashboard.ts";
import { serviceRecord } from "../../test/a-service-record.ts";
import { drawDashboard, type ScreenSize } from "./draw-dashboard.ts";

function textLines(...given: Parameters<typeof drawDashboard>): readonly string[] {
  return drawDashboard(...given).map((line) =>
    line.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""),
  );
}

it("shows services, charts, the log of the selected one, and the keys", () => {
  const dashboard = withLines(
    withServices(EMPTY_DASHBOARD, [
      serviceRecord("api"),
      serviceRecord("db", { status: "crashed", cpu: null }),
    ]),
    ["listening on 8080"],
  );
  const lines = textLines(dashboard, { columns: 100, rows: 24 });

  expect(lines).toHaveLength(24);
  expect(lines[0]).toBe("tsm monit  2 services  1 online  1 crashed");
  expect(lines[2]).toBe("▸ 3   api   online   4711  8080  2h      1         12.3%  50 MB");
  expect(lines.join("\n")).toContain("LOG api\n  listening on 8080");
  expect(lines.at(-1)).toMatch(/^↑↓ select .* q quit/);
});

it("keeps the selected service in view", () => {
  const many = Array.from({ length: 100 }, (_, at) => serviceRecord(`service-${at}`));
  const dashboard = { ...withServices(EMPTY_DASHBOARD, many), selected: "service-77" };

  expect(textLines(dashboard, { columns: 80, rows: 24 }).join("\n")).toContain("▸ 3   service-77");
});

it("never sends what a service prints to the terminal as it is", () => {
  const dashboard = withLines(withServices(EMPTY_DASHBOARD, [serviceRecord("api")]), [
    "\u001b[2Jgone",
  ]);

  expect(textLines(dashboard, { columns: 80, rows: 24 }).join("\n")).toContain("\\u001b[2Jgone");
});

it("fits any screen", () => {
  const size: fc.Arbitrary<ScreenSize> = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  const lines = fc.array(fc.string({ unit: "binary" }), { maxLength: 5 });
  const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 });
  fc.assert(
    fc.property(size, names, lines, (screen, all, log) => {
      const services = all.map((name) => serviceRecord(name));
      const dashboard = withLines(withServices(EMPTY_DASHBOARD, services), log);
      const drawn = textLines(dashboard, screen);

      expect(drawn).toHaveLength(screen.rows);
      for (const line of drawn) expect(displayWidth(line)).toBeLessThanOrEqual(screen.columns);
    }),
  );
});
