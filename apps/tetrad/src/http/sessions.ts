import { randomUUID } from "node:crypto";
import { type Caller, isSameCaller } from "./caller.ts";
import type { Refusal } from "./refusal.ts";
import { type Session, type SessionOptions, startSession } from "./session.ts";

/** How many sessions there may be. */
export interface SessionLimits {
  readonly all: number;
  readonly ofOneCaller: number;
  /** How many servers may be starting at once: each takes a processor for a moment. */
  readonly starting: number;
  /** A session that nobody is connected to ends after so long. */
  readonly idleMs: number;
  /** A caller who has as many as he may have gets another one for one that was idle for so long. */
  readonly yieldsAfterMs: number;
}

/** The limits when nobody asks for others. */
export const SESSION_LIMITS: SessionLimits = {
  all: 32,
  ofOneCaller: 16,
  starting: 4,
  idleMs: 30 * 60_000,
  yieldsAfterMs: 60_000,
};

/** What the sessions of a gateway work with. */
export interface SessionsOptions {
  readonly limits: SessionLimits;
  readonly now: () => number;
  /** Whether the token of a session still counts. */
  readonly isGood: (caller: Caller) => boolean;
  /** What serves a caller. */
  readonly serverFor: (caller: Caller) => Pick<SessionOptions, "command" | "cwd" | "environment">;
  /** Their number is another one. */
  readonly onChange: () => void;
  /** For people: a line. */
  readonly say: (text: string) => void;
}

/** The sessions of a gateway. */
export interface Sessions {
  readonly count: () => number;
  /** The session of this id, if it is this caller's. */
  find(id: string, caller: Caller): Session | undefined;
  /** Starts one, in turn, if it is still wanted then. */
  start(caller: Caller, isWanted: () => boolean): Promise<Session | Refusal>;
  /** Ends those whose time is over, or whose token does not count any more. */
  sweep(): void;
  /** Ends all. */
  close(): Promise<void>;
}

/** Keeps sessions. */
export function keepSessions(options: SessionsOptions): Sessions {
  const { limits, now, isGood, serverFor, onChange, say } = options;
  const sessions = new Map<string, Session>();
  /** Over, but their servers are still ending. */
  const leaving = new Set<Promise<void>>();
  const queue: (() => void)[] = [];
  let starting = 0;
  let isClosed = false;

  const ofCaller = (caller: Caller): readonly Session[] =>
    [...sessions.values()].filter((session) => isSameCaller(session.caller, caller));

  function hasRoom(caller: Caller): boolean {
    if (leaving.size >= limits.all) return false;
    const his = ofCaller(caller);
    if (his.length >= limits.ofOneCaller) return makeRoom(his);
    return sessions.size < limits.all || makeRoom(his);
  }

  /** Ends what a client of this caller has left behind, the oldest first. */
  function makeRoom(his: readonly Session[]): boolean {
    const idle = his.flatMap((session) => {
      const since = session.idleSinceMs();
      return since !== undefined && now() - since >= limits.yieldsAfterMs
        ? [{ session, since }]
        : [];
    });
    const [oldest] = idle.toSorted((one, other) => one.since - other.since);
    void oldest?.session.end();
    return oldest !== undefined;
  }

  async function inTurn(): Promise<void> {
    if (starting >= limits.starting) await new Promise<void>((resolve) => queue.push(resolve));
    else starting += 1;
  }

  function nextTurn(): void {
    const next = queue.shift();
    if (next === undefined) starting -= 1;
    else next();
  }

  return {
    count: () => sessions.size,
    find(id, caller) {
      const session = sessions.get(id);
      return session !== undefined && isSameCaller(session.caller, caller) ? session : undefined;
    },
    async start(caller, isWanted) {
      if (queue.length >= limits.all) return tooMany();
      await inTurn();
      if (isClosed || !isWanted() || !hasRoom(caller)) {
        nextTurn();
        return isClosed ? ending() : tooMany();
      }
      const id = randomUUID();
      const session = startSession({
        id,
        caller,
        ...serverFor(caller),
        now,
        onOver(fault) {
          const left = session.end().finally(() => leaving.delete(left));
          leaving.add(left);
          sessions.delete(id);
          onChange();
          if (fault !== undefined) say(`a session has ended, because of what serves it: ${fault}`);
        },
      });
      sessions.set(id, session);
      onChange();
      void session.begun.then(nextTurn);
      return session;
    },
    sweep() {
      for (const session of sessions.values()) {
        const since = session.idleSinceMs();
        if (!isGood(session.caller)) void session.end("at once");
        else if (since !== undefined && now() - since >= limits.idleMs) void session.end();
      }
    },
    async close() {
      isClosed = true;
      for (const session of sessions.values()) void session.end();
      await Promise.all(leaving);
    },
  };
}

function tooMany(): Refusal {
  const message = "there are as many sessions as there may be; end one, or try again later";
  return { status: 503, reason: "TOO_MANY_SESSIONS", message, headers: { "retry-after": "5" } };
}

function ending(): Refusal {
  return { status: 503, reason: "ENDING", message: "the daemon is ending" };
}
