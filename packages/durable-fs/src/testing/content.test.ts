import * as fc from "fast-check";
import { expect, it } from "vitest";
import { FileContent } from "./content.ts";

const edit = fc.oneof(
  fc.record({ offset: fc.nat(40), bytes: fc.uint8Array({ maxLength: 10 }) }),
  fc.record({ length: fc.nat(40) }),
);

it("holds what a plain array would, and no snapshot ever changes", () => {
  fc.assert(
    fc.property(fc.array(edit), (edits) => {
      const content = new FileContent();
      let plain: number[] = [];
      const snapshots: { taken: Uint8Array; expected: number[] }[] = [];
      for (const step of edits) {
        if ("length" in step) {
          content.truncate(step.length);
          plain = Array.from({ length: step.length }, (_, index) => plain[index] ?? 0);
        } else if (step.bytes.length > 0) {
          content.write(step.offset, step.bytes);
          const size = Math.max(plain.length, step.offset + step.bytes.length);
          plain = Array.from(
            { length: size },
            (_, index) => step.bytes[index - step.offset] ?? plain[index] ?? 0,
          );
        }
        snapshots.push({ taken: content.snapshot(), expected: plain });
      }

      for (const { taken, expected } of snapshots) expect([...taken]).toEqual(expected);
      expect(content.size).toBe(plain.length);
    }),
  );
});
