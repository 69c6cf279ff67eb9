import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const TIMEOUT_MS = 60_000;
const NOTHING_BEHIND = ["payment: nothing", "tickets: nothing", "mail: nothing"];
const ALL_BOOKED = [
  /^flight: booked: to \w+$/,
  /^hotel: booked: a room in \w+$/,
  /^car: booked: at the airport of \w+$/,
  /^payment: booked: 640 euros$/,
  /^tickets: booked: flight flight-\d+, room hotel-\d+$/,
  /^mail: booked: tickets-\d+ to ada@example\.org$/,
].map((line): unknown => expect.stringMatching(line));

let root: string;
let parts: readonly string[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "example-trip-booking-"));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, "../start.js")],
    { env: { ...process.env, TETRA_DIR: root } },
  );
  parts = stdout.split(/^# /mu);
}, TIMEOUT_MS);
afterAll(() => rmSync(root, { recursive: true }));

/** The part of the story under a heading. */
function part(heading: string): string {
  return parts.find((text) => text.startsWith(heading)) ?? "";
}

/** What the agency has in its books at the end of a part. */
function books(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}(\w+: .*)$/gm)].map(([, line = ""]) => line).slice(-6);
}

it("says beforehand what it would do and undo", () => {
  const plan = part("What it would do");

  expect(plan).toContain('2.1 hotel: ./agency.sh book hotel "a room in Oslo"');
  expect(plan).toContain("what was done is undone: stay/hotel and stay/car, then flight.");
});

it("cancels what was booked when the hotel has no rooms", () => {
  const text = part("The hotel has no rooms");

  expect(text).toContain("stay/hotel: command exited with status 1: no rooms left");
  expect(text).toContain("(exit status 1)");
  expect(books(text)).toEqual(
    ["flight: cancelled", "hotel: nothing", "car: cancelled"].concat(NOTHING_BEHIND),
  );
});

it("cancels what was booked when a person refuses, and says why", () => {
  const text = part("A person refuses");

  expect(text).toMatch(/consent: rejected by \S+: too expensive\n\(exit status 1\)/);
  expect(books(text)).toEqual(
    ["flight: cancelled", "hotel: cancelled", "car: cancelled"].concat(NOTHING_BEHIND),
  );
});

it("has each booking once after kill -9 in the middle of one", () => {
  const [before = "", after = ""] = part("ttm is killed").split("$ ttm saga resume");

  expect(before).toContain("(killed)");
  expect(books(before).slice(0, 2)).toEqual([
    "flight: booked: to Lima",
    "hotel: booked: a room in Lima",
  ]);
  expect(after).toContain("stay/hotel: begun (attempt 2)");
  expect(after).not.toContain("flight: begun");
  expect(books(after)).toEqual(ALL_BOOKED);
});

it("goes forward behind the pivot until the mail is sent, though it is cancelled meanwhile", () => {
  const text = part("The mail server is down");

  expect(text).toContain(
    "mail: attempt 1 failed: command exited with status 1: the mail server is down",
  );
  expect(text).toContain("it is past its pivot\n");
  expect(text).toContain("Saga committed:");
  expect(books(text)).toEqual(ALL_BOOKED);
});

it("refuses to undo what is paid", () => {
  expect(part("What is paid")).toMatch(/it is past its pivot payment\n.*\n\(exit status 2\)/);
});
