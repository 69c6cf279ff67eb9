import { TetraError } from "@tetra/errors";
import type { Branch } from "@tetra/tts-core/two-phase-commit";
import type { ParticipantErrorCode } from "../errors.ts";
import { checkParticipantName } from "../participant-name.ts";

/** PostgreSQL's limit for the name of a prepared transaction is 199; `@` and an oid have up to 11. */
const KEY_BYTES = 188;
const PREFIX = /^[a-z0-9_-]{1,40}$/;

/** What the names of our prepared transactions begin with. */
export interface GidScope {
  /** Tells installations apart that share a database. */
  readonly prefix: string;
  readonly participant: string;
}

/** @throws TetraError `INVALID_INPUT` when the participant's name or the prefix could not stand in a gid. */
export function checkScope({ prefix, participant }: GidScope): void {
  checkParticipantName(participant);
  if (PREFIX.test(prefix)) return;
  throw new TetraError<ParticipantErrorCode>(
    "INVALID_INPUT",
    `${JSON.stringify(prefix.slice(0, 60))} cannot be the prefix of prepared transactions`,
    { hint: "use 1 to 40 lower-case letters, digits, - and _", details: { prefix } },
  );
}

/** What every key and gid of this scope begins with. */
export function scopeStart({ prefix, participant }: GidScope): string {
  return `${prefix}:${participant}:`;
}

/**
 * A branch's key among all in one database: `tetra:pg:deploy-api-20260131T093000`. Nothing but letters,
 * digits and `-_.~%:` comes out, whatever the id holds.
 * @throws TetraError `INVALID_INPUT` when the id is too long for a gid.
 */
export function keyOf(scope: GidScope, txn: string): string {
  const end = escaped(txn);
  const key = `${scopeStart(scope)}${end}`;
  if (end !== undefined && key.length <= KEY_BYTES) return key;
  throw new TetraError<ParticipantErrorCode>(
    "INVALID_INPUT",
    `the id makes a name for PostgreSQL of ${key.length} bytes; ${KEY_BYTES} is the most`,
    { hint: "give the transaction a shorter id, of letters, digits and -" },
  );
}

/**
 * The name of its prepared transaction, `<key>@<oid of the database>`: such names are one for the whole
 * server. It cannot be a parameter of a statement, and needs no quoting.
 */
export function gidOf(key: string, database: string): string {
  return `${key}@${database}`;
}

/** The branch behind a key, or behind a gid; `undefined` when it is not of this scope. */
export function branchOf(scope: GidScope, name: string): Branch | undefined {
  const start = scopeStart(scope);
  if (!name.startsWith(start)) return undefined;
  const end = name.slice(start.length).replace(/@[0-9]+$/, "");
  const txn = unescaped(end);
  // somebody else's that only looks like one of ours
  if (txn === undefined || escaped(txn) !== end) return undefined;
  return { txn, participant: scope.participant };
}

function escaped(txn: string): string | undefined {
  try {
    return encodeURIComponent(txn).replaceAll(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch {
    return undefined; // half a character
  }
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
