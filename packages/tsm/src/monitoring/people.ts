import { createHash } from "node:crypto";
import type { MonitorEvent } from "./event.ts";
import { fieldOf } from "./event-fields.ts";
import { isOf, type PatternName } from "./patterns.ts";

const USER = ["user", "userid", "uid", "username"];
const SESSION = ["session", "sessionid", "sid"];
/** What only people do. */
const OF_PEOPLE: readonly PatternName[] = ["CLICK", "PAGE", "SESSION", "USER"];
const NOBODY: ReadonlySet<string> = new Set("- anon anonymous guest null undefined".split(" "));

/** Whose events they are. */
export interface People {
  /** A name, or `anon_` and eight hexadecimal digits; `undefined`: nobody's, but the service's own. */
  userOf(event: MonitorEvent): string | undefined;
}

/** Whether a user has no name. */
export function isAnonymous(user: string): boolean {
  return /^anon_[0-9a-f]{8}$/.test(user);
}

/** The session that an event says it belongs to. */
export function sessionIn({ fields }: MonitorEvent): string | undefined {
  return fieldOf(fields, SESSION);
}

/**
 * Finds out who is who. A user whom one event of a session names is the user of the whole session. Who
 * is never named is told apart by session, else by address and program; else clicks and the like are by
 * somebody of that service. The eight digits are of a SHA-256 of that: always the same.
 * @param events in order
 */
export function peopleOf(events: readonly MonitorEvent[]): People {
  const named = new Map<string, string>();
  for (const event of events) {
    const session = sessionIn(event);
    const user = nameIn(event);
    if (session !== undefined && user !== undefined && !named.has(session))
      named.set(session, user);
  }
  const seen = new Map<string, string>();
  return {
    userOf(event) {
      const name = nameIn(event) ?? named.get(sessionIn(event) ?? "");
      if (name !== undefined) return name;
      const traits = traitsOf(event);
      if (traits === undefined) return undefined;
      const known = seen.get(traits);
      if (known !== undefined) return known;
      const digest = createHash("sha256").update(traits).digest("hex");
      const user = `anon_${digest.slice(0, 8)}`;
      seen.set(traits, user);
      return user;
    },
  };
}

function nameIn({ fields }: MonitorEvent): string | undefined {
  const user = fieldOf(fields, USER);
  return user === undefined || NOBODY.has(user.toLowerCase()) ? undefined : user;
}

function traitsOf(event: MonitorEvent): string | undefined {
  const { fields, service } = event;
  const session = sessionIn(event);
  if (session !== undefined) return `session\0${session}`;
  const address = fieldOf(fields, ["ip", "address", "remoteaddr"]);
  const program = fieldOf(fields, ["useragent", "ua"]) ?? "";
  if (address !== undefined) return `address\0${address}\0${program}`;
  return OF_PEOPLE.some((name) => isOf(name, event)) ? `service\0${service}` : undefined;
}
