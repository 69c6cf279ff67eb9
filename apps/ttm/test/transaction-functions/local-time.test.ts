import { describe, expect, it } from "vitest";
import { callingShell } from "./calling-shell.ts";

/** Minutes between the local time in an id and UTC. */
function offsetIn(id: string): number {
  const [, y = "", mo = "", d = "", h = "", mi = "", s = ""] =
    /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:-\d+)?\n$/.exec(id) ?? [];
  const local = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  return Math.round((local - Date.now()) / 60_000) + 0; // no -0
}

describe("the time in an id is local time in the calling shell", () => {
  it.each([
    ["UTC", 0],
    ["Asia/Tokyo", 540],
    ["Asia/Kolkata", 330],
    [":Asia/Tokyo", 540],
    ["JST-9", 540],
    ["<-0330>3:30", -210],
    ["NST3:30", -210],
    ["", 0],
    ["No/Such_Zone", 0],
  ])("with TZ=%j", async (TZ, minutes) => {
    const { call } = callingShell();

    const { stdout } = await call(["generate_txn_id", "x"], { TZ });

    expect(offsetIn(stdout)).toBe(minutes);
  });

  it("whatever the call before had", async () => {
    const { call } = callingShell();
    const offsets = [];

    for (const TZ of ["Asia/Tokyo", "UTC", "America/Bogota", "Asia/Tokyo"]) {
      offsets.push(offsetIn((await call(["txn_create", "x"], { TZ })).stdout));
    }

    expect(offsets).toEqual([540, 0, -300, 540]);
  });

  it("is the machine's without TZ, also where date(1) cannot be asked", async () => {
    const { call } = callingShell();
    const machine = offsetIn((await call(["generate_txn_id", "x"], { TZ: undefined })).stdout);

    const { stdout } = await call(["generate_txn_id", "x"], { TZ: "Asia/Dubai", PATH: "/nowhere" });

    expect(offsetIn(stdout)).toBe(machine);
  });
});
