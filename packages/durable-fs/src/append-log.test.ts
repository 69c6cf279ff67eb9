import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendWhole, checkLog, cutTo, findWholeEnd } from "./append-log.ts";
import { readAll } from "./read-all.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";
import { writeAll } from "./write-all.ts";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

describe("checkLog", () => {
  it.each([
    ["an empty log", "", 0, undefined],
    ["whole lines", "one\ntwo\n", 8, undefined],
    ["empty lines", "\n\n", 2, undefined],
    ["a line without an end", "one\ntw", 4, { at: 4, kind: "torn" }],
    ["only a line without an end", "on", 0, { at: 0, kind: "torn" }],
    ["zeros at the end", "one\n\0\0\0", 4, { at: 4, kind: "zeroed" }],
    ["a line that becomes zeros", "one\ntw\0\0", 4, { at: 4, kind: "zeroed" }],
    ["zeros with a line end behind them", "one\n\0\0\n", 4, { at: 4, kind: "zeroed" }],
    ["a whole line after zeros", "one\n\0\0o\ntwo\n", 12, { at: 4, kind: "zeroed" }],
    ["only zeros", "\0\0", 0, { at: 0, kind: "zeroed" }],
  ])("knows %s", (_what, log, wholeEnd, damage) => {
    expect(checkLog(bytes(log))).toEqual({ wholeEnd, damage });
  });
});

describe("findWholeEnd", () => {
  it("finds what checking the whole log finds, however long its lines are", () => {
    const line = fc
      .tuple(fc.constantFrom("x", "\0", "\n"), fc.nat(6000), fc.constantFrom("", "\n"))
      .map(([character, length, end]) => character.repeat(length) + end);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const log = bytes(lines.join(""));
        const fs = simulatedDisk().fs();
        const fd = fs.open("/log", "append");
        writeAll(fs, fd, log);

        expect(findWholeEnd(fs, fd)).toBe(checkLog(log).wholeEnd);
      }),
    );
  });
});

describe("cutTo", () => {
  it("returns what it cuts off", () => {
    const fs = simulatedDisk().fs();
    const fd = fs.open("/log", "append");
    writeAll(fs, fd, bytes("one\ntw"));

    expect(cutTo(fs, fd, 4)).toEqual(bytes("tw"));
    expect(cutTo(fs, fd, 4)).toEqual(bytes(""));
    expect(readAll(fs, fd)).toEqual(bytes("one\n"));
  });
});

describe("appendWhole", () => {
  it("appends, and tells where", () => {
    const fs = simulatedDisk({ shortWrites: 1 }).fs();
    const fd = fs.open("/log", "append");

    expect(appendWhole(fs, fd, bytes("one\n"))).toBe(0);
    expect(appendWhole(fs, fd, bytes("two\n"))).toBe(4);
    expect(readAll(fs, fd)).toEqual(bytes("one\ntwo\n"));
  });

  it("leaves no part of a line on a full disk", () => {
    const disk = simulatedDisk();
    const fs = disk.fs();
    const fd = fs.open("/log", "append");
    appendWhole(fs, fd, bytes("one\n"));
    disk.freeBytes = 3;

    expect(() => appendWhole(fs, fd, bytes("two and more\n"))).toThrow("ENOSPC");
    expect(readAll(fs, fd)).toEqual(bytes("one\n"));
  });
});
