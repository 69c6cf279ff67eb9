import fc from "fast-check";
import { expect, it } from "vitest";
import { pieceOf } from "./file-page.ts";

/** Every piece of some bytes, one after the other. */
function pieces(bytes: Uint8Array, limit: number): readonly ReturnType<typeof pieceOf>[] {
  const all: ReturnType<typeof pieceOf>[] = [];
  for (let offset: number | undefined = 0; offset !== undefined;) {
    const piece: ReturnType<typeof pieceOf> = pieceOf(bytes, { offset, limit });
    all.push(piece);
    offset = piece.next_offset;
  }
  return all;
}

const limit = fc.integer({ min: 1, max: 9 });

it("gives a text whole, in pieces of whole characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), limit, (drawn, most) => {
      const bytes = new TextEncoder().encode(drawn);
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

      expect(
        pieces(bytes, most)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(text);
    }),
  );
});

it("gives what is no text whole, as bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), limit, (drawn, most) => {
      const bytes = Uint8Array.of(0xff, ...drawn);
      const read = pieces(bytes, most).map(({ base64 = "" }) => Buffer.from(base64, "base64"));

      expect(Buffer.concat(read).equals(bytes)).toBe(true);
    }),
  );
});

it("gives nothing from behind the end, and begins with the character that a place is in", () => {
  const bytes = new TextEncoder().encode("aäb");

  expect(pieceOf(bytes, { offset: 99, limit: 5 })).toEqual({ offset: 4, text: "" });
  expect(pieceOf(bytes, { offset: 2, limit: 1 })).toEqual({ offset: 1, text: "ä", next_offset: 3 });
});
