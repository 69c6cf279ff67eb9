import { isTransactionId } from "@tetra/tts-core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBeginning, formatMarks, parseMarks } from "./index-marks.ts";

const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter(isTransactionId);

describe("marks", () => {
  it("give back the ids and the bases that were put in, whatever they are called", () => {
    fc.assert(
      fc.property(fc.array(id), fc.array(id), (before, behind) => {
        const text = formatMarks(before) + formatBeginning("abc") + formatMarks(behind);

        expect(parseMarks(text)).toEqual({ ids: [...before, ...behind], bases: ["abc"] });
      }),
    );
  });

  it("that are still being written count up to the last line's end", () => {
    expect(parseMarks(`${formatBeginning("abc")}"a"\n"b`)).toEqual({ ids: ["a"], bases: ["abc"] });
  });

  it.each(["", "nonsense", "\0\0", '"torn"other"', "null", "1", "[]", "{}", '"../x"'])(
    "with the line %j complete no base, for an id may be missing",
    (line) => {
      const text = `${formatBeginning("abc")}${line}\n"b"\n`;

      expect(parseMarks(text)).toEqual({ ids: ["b"], bases: [] });
    },
  );

  it("that are not there complete no base", () => {
    expect(parseMarks("")).toEqual({ ids: [], bases: [] });
  });
});
