import { displayWidth } from "@tetra/cli-kit";
import { parseEvent } from "@tetra/tsm/monitoring";
import fc from "fast-check";
import { expect, it } from "vitest";
import { drawEvents } from "./draw-events.ts";

it("fits any screen, whatever services print", () => {
  const text = fc.string({ unit: "binary", maxLength: 80 });
  const events = fc.array(text, { maxLength: 30 }).map((texts) =>
    texts.flatMap((data, offset) => {
      const origin = { service: "web", stream: "out", offset, atMs: offset * 100 } as const;
      return parseEvent(`TETRA:PAGE:VIEW page=${data}`, { ...origin, precisionMs: 0 }) ?? [];
    }),
  );
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(events, size, (all, screen) => {
      const lines = drawEvents(all, { size: screen, nowMs: 3000 }).map((line) =>
        line.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""),
      );

      expect(lines).toHaveLength(screen.rows);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(screen.columns);
    }),
  );
});
