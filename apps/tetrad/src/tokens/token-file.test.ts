import { simulatedDisk, crashStates } from "@tetra/durable-fs/testing";
import { expect, it } from "vitest";
import { addToken, readTokens, removeToken, tokensPath } from "./token-file.ts";
import { digestOf, type Token } from "./token.ts";

const tetraDir = "/data";

function tokenOf(name: string): Token {
  return { name, sha256: digestOf(name), mode: "read", createdAtMs: 5 };
}

it("gives back what it was given", async () => {
  const place = { fs: simulatedDisk().fs(), tetraDir };
  const whole: Token = { ...tokenOf("b"), mode: "operate", policy: "/p.yaml", expiresAtMs: 9 };

  await addToken(place, tokenOf("a"));
  await addToken(place, whole);

  expect(readTokens(place)).toEqual([tokenOf("a"), whole]);
  await removeToken(place, "a");
  expect(readTokens(place)).toEqual([whole]);
});

it("keeps what was acknowledged through every power cut, and forgets what was revoked", async () => {
  const states = crashStates<string>({
    disk: simulatedDisk(),
    async run(fs, note) {
      const place = { fs, tetraDir };
      await addToken(place, tokenOf("a"));
      note("made a");
      await addToken(place, tokenOf("b"));
      note("made b");
      await removeToken(place, "a");
      note("revoked a");
    },
  });
  // what may be found after so much was acknowledged: that, or what was under way
  const allowed = [["", "a"], ["a", "a b"], ["a b", "b"], ["b"]];
  for await (const { disk, notes, story } of states) {
    for (const cut of [disk, ...disk.powerCuts()]) {
      const found = readTokens({ fs: cut.fs("reader"), tetraDir }).map(({ name }) => name);
      expect(allowed[notes.length], story).toContain(found.join(" "));
    }
  }
});

it("leaves the file as it is when the disk is full", async () => {
  const disk = simulatedDisk();
  const place = { fs: disk.fs(), tetraDir };
  await addToken(place, tokenOf("a"));
  disk.failWhen(({ name }) => (name === "write" ? "ENOSPC" : undefined));

  await expect(addToken(place, tokenOf("b"))).rejects.toThrow("ENOSPC");

  expect(readTokens(place)).toEqual([tokenOf("a")]);
  expect(tokensPath(tetraDir)).toBe("/data/config/tokens.json");
});
