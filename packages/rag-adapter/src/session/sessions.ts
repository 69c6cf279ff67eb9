import { TetraError } from "@tetra/errors";
import {
  type Clock,
  formatInstant,
  isTransactionId,
  newIds,
  transactionId,
  type TtsErrorCode,
} from "@tetra/tts-core";
import type { FlowErrorCode } from "../errors.ts";
import type { FlowFiles } from "../flow-files.ts";
import { formatSession, newSession, parseSession, type Session, withFlow } from "./session.ts";

/** What sessions work with. */
export interface SessionPorts {
  readonly files: FlowFiles;
  readonly clock: Clock;
  /** The folder of the sessions, absolute. */
  readonly folder: string;
}

/**
 * Flows that belong together. Without an id (or with an empty one) the current session is meant; such
 * methods throw `NO_SESSION` when there is none, and `NOT_FOUND` when there is no session of that id.
 */
export interface Sessions {
  /** The folder of the sessions, absolute. */
  readonly folder: string;
  /** Makes a session with an id like a flow's, and makes it the current one. */
  create(description: string): Promise<Session>;
  /** The current session's id. */
  active(): Promise<string | undefined>;
  /** An id for a session of that description, now; not reserved. */
  newId(description: string): string;
  /** What `session.json` holds. */
  state(id?: string): Promise<Session>;
  /** Adds a flow, once. */
  addFlow(flow: string, id?: string): Promise<Session>;
  /** All sessions, by id. */
  list(): Promise<readonly Session[]>;
  /** Makes a session the current one. */
  resume(id: string): Promise<Session>;
}

const CURRENT = "current";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Makes what handles sessions. It keeps nothing: any number may work on one folder. */
export function sessionsIn({ files, clock, folder }: SessionPorts): Sessions {
  const freeIds = newIds(clock);

  const pathOf = (id: string): string => `${folder}/${id}/session.json`;

  async function active(): Promise<string | undefined> {
    const target = (await files.stat(`${folder}/${CURRENT}`))?.target ?? "";
    const id = target.replace(/\/+$/, "").split("/").at(-1) ?? "";
    return isSessionId(id) && (await files.stat(pathOf(id))) !== undefined ? id : undefined;
  }

  async function givenOrCurrent(id: string | undefined): Promise<string> {
    if (id !== undefined && id !== "") return id;
    const current = await active();
    if (current !== undefined) return current;
    throw new TetraError<FlowErrorCode>("NO_SESSION", "no session given, and none is current", {
      hint: "create a session, or resume one",
    });
  }

  async function load(id: string): Promise<Session> {
    const content = isSessionId(id) ? await files.read(pathOf(id)) : undefined;
    const session = content === undefined ? undefined : parseSession(decoder.decode(content), id);
    if (session !== undefined) return session;
    throw new TetraError<TtsErrorCode>("NOT_FOUND", `${id}: no such session`, {
      hint: "list the sessions to see their ids",
      details: { id: id.slice(0, 300) },
    });
  }

  async function change(id: string, next: (session: Session) => Session): Promise<Session> {
    await load(id); // nothing is made where there is none
    return await alone(id, async () => {
      const changed = next(await load(id));
      await files.replace(pathOf(id), encoder.encode(formatSession(changed)));
      return changed;
    });
  }

  /** Alone among all that write a session here. */
  async function alone<T>(id: string, run: () => Promise<T>): Promise<T> {
    await files.makeFolder(`${folder}/${id}`);
    return await files.exclusively(`${folder}/.lock`, async () => {
      await files.sweep(`${folder}/${id}`);
      return await run();
    });
  }

  async function create(description: string): Promise<Session> {
    if (description.trim() === "") {
      throw new TetraError<TtsErrorCode>("INVALID_INPUT", "a session needs a description", {
        hint: "say in a few words what its flows are about",
      });
    }
    const session = await freeIds.create(description, async (id, atMs) => {
      const made = newSession(id, description, atMs);
      return await alone(id, async () => {
        if ((await files.stat(pathOf(id))) !== undefined) {
          throw new TetraError<TtsErrorCode>("EXISTS", `${id}: this session is there already`);
        }
        await files.replace(pathOf(id), encoder.encode(formatSession(made)));
        return made;
      });
    });
    await files.link(`${session.session_id}/`, `${folder}/${CURRENT}`);
    return session;
  }

  return {
    folder,
    create,
    active,
    newId(description) {
      const atMs = clock.now();
      return transactionId(description, { atMs, offsetMinutes: clock.offsetMinutes(atMs) });
    },
    state: async (id) => load(await givenOrCurrent(id)),
    addFlow: async (flow, id) =>
      change(await givenOrCurrent(id), (session) => withFlow(session, flow, clock.now())),
    async list() {
      const sessions: Session[] = [];
      for (const id of await files.names(folder)) {
        const content = isSessionId(id) ? await files.read(pathOf(id)) : undefined;
        const text = content === undefined ? "" : decoder.decode(content);
        const session = parseSession(text, id);
        if (session !== undefined) sessions.push(session);
      }
      return sessions;
    },
    async resume(id) {
      const session = await change(id, (there) => ({
        ...there,
        last_active: formatInstant(clock.now()),
      }));
      await files.link(`${id}/`, `${folder}/${CURRENT}`);
      return session;
    },
  };
}

function isSessionId(text: string): boolean {
  return isTransactionId(text) && text !== CURRENT;
}
