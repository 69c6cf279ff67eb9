import { spawnSync } from "node:child_process";
import type { ShellCall } from "../shell-call.ts";

// Ids carry the calling shell's local time, and its TZ is not this process's: it may change between two
// calls, or be set only in the shell. Setting our own for a moment would be seen by everything else here,
// and Intl knows neither `CET-1CEST` nor what the machine's zone is while we have a TZ of our own; starting
// it also takes 20 ms. So date(1) is asked, once a quarter of an hour: it is whom the original asked.

/** The zone this process was started in. */
const OWN_ZONE = process.env["TZ"];
/** No zone changes its offset within one. */
const QUARTER_MS = 15 * 60_000;

/** Offsets by zone, of one quarter of an hour. */
let known = { quarter: 0, offsets: new Map<string | undefined, number>() };

/** Minutes that the calling shell's local time is east of UTC, now. */
export function offsetMinutes({ env }: Pick<ShellCall, "env">, nowMs: number): number {
  const zone = env["TZ"];
  if (zone === OWN_ZONE && isPlain(zone)) return ownOffset(nowMs);
  const quarter = Math.floor(nowMs / QUARTER_MS);
  if (known.quarter !== quarter) known = { quarter, offsets: new Map() };
  const offset = known.offsets.get(zone) ?? askDate(env) ?? ownOffset(nowMs);
  known.offsets.set(zone, offset);
  return offset;
}

/** Whether the JavaScript engine and the C library surely understand it alike. */
function isPlain(zone: string | undefined): boolean {
  return zone === undefined || zone === "UTC" || /^[A-Z][A-Za-z_]+\/[A-Za-z_]+$/.test(zone);
}

function ownOffset(nowMs: number): number {
  return -new Date(nowMs).getTimezoneOffset();
}

/** `undefined` where there is no date(1). */
function askDate({ TZ, PATH = "/usr/bin:/bin" }: ShellCall["env"]): number | undefined {
  const { stdout } = spawnSync("date", ["+%z"], {
    env: { PATH, ...(TZ === undefined ? {} : { TZ }) },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [, sign, hours, minutes] = /^([+-])([0-9]{2})([0-9]{2})\n$/.exec(stdout ?? "") ?? [];
  if (sign === undefined) return undefined;
  const offset = Number(hours) * 60 + Number(minutes);
  return sign === "-" ? -offset : offset;
}
