import { masker } from "@tetra/tts-core/saga";
import { expect, it } from "vitest";
import { maskStream } from "./mask-stream.ts";

const SECRETS = ["open-sesame", "sesame-street-42"];

/** Everything that comes out of a stream that got its input in pieces of these lengths. */
function masked(text: string, lengths: readonly number[]): string {
  const made = masker(SECRETS);
  const stream = maskStream(
    () => made,
    () => 16,
  );
  const bytes = Buffer.from(text, "latin1");
  const out: Uint8Array[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    out.push(stream.put(bytes.subarray(at, at + length)));
    at += length;
  }
  out.push(stream.end());
  return Buffer.concat(out).toString("latin1");
}

it("masks a secret however the output is cut into pieces", () => {
  const text = "a open-sesame b\nopen-sesame-street-42\nc open-sesam d";

  for (let length = 1; length < text.length; length += 1) {
    expect(masked(text, [length])).toBe("a *** b\n***\nc open-sesam d");
  }
});

it("masks in a line that has no end, and keeps every byte of the rest", () => {
  const filler = "\u00ff\u0000x".repeat(30_000);
  const text = `${filler}open-sesame${filler}sesame-street-42${filler}`;

  for (const lengths of [[1000], [65_536], [7919, 13], [text.length]]) {
    expect(masked(text, lengths)).toBe(`${filler}***${filler}***${filler}`);
  }
});

it("lets go of what is behind the last line end, not sooner", () => {
  const made = masker(SECRETS);
  const stream = maskStream(
    () => made,
    () => 16,
  );

  expect(Buffer.from(stream.put(Buffer.from("one\ntwo"))).toString()).toBe("one\n");
  expect(Buffer.from(stream.end()).toString()).toBe("two");
});
