import * as fc from "fast-check";
import { expect, it } from "vitest";
import { requestReader, type ShellRequest } from "./request.ts";

// what a shell can have in a word: anything but NUL
const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
const name = fc.stringMatching(/^[A-Z_]{1,8}$/);

const request: fc.Arbitrary<ShellRequest> = fc
  .record({
    token: fc.constantFrom("A", "z", "-"),
    caller: fc.nat(),
    serial: fc.nat(),
    cwd: word,
    env: fc.dictionary(name, word),
    name,
    args: fc.array(word),
  })
  .map(({ serial, env, token, caller, cwd, name: called, args }) => ({
    token,
    caller,
    cwd,
    name: called,
    args,
    env: { ...env },
    id: `${caller}.${serial}`,
  }));

function written({ token, id, cwd, env, name: called, args }: ShellRequest): Buffer {
  const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const words = [called, ...args];
  const fields = ["", "", token, id, cwd, ...variables, "", String(words.length), ...words];
  return Buffer.from(fields.map((field) => `${field}\0`).join(""));
}

function cut(bytes: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...pieces, bytes.subarray(at)];
}

it("reads what was written, however it arrives", () => {
  fc.assert(
    fc.property(
      fc.array(request),
      fc.array(fc.integer({ min: 1, max: 20 })),
      (requests, lengths) => {
        const reader = requestReader();
        const pieces = cut(Buffer.concat(requests.map(written)), lengths);
        expect(pieces.flatMap(reader.push)).toEqual(requests);
      },
    ),
  );
});

it("finds the next request behind what does not belong there", () => {
  fc.assert(
    fc.property(request, word, (one, stray) => {
      const reader = requestReader();
      expect(reader.push(Buffer.concat([Buffer.from(stray), written(one)]))).toEqual([one]);
    }),
  );
});

it("forgets the beginning of a request that will not be completed", () => {
  fc.assert(
    fc.property(request, request, fc.nat(), (left, one, at) => {
      const reader = requestReader();
      const bytes = written(left);
      reader.push(bytes.subarray(0, at % bytes.length));
      reader.reset();
      expect(reader.push(written(one))).toEqual([one]);
    }),
  );
});
