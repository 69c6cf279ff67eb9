import type { EventId, EventStore, JSONRPCMessage, StreamId } from "@modelcontextprotocol/server";

/** How much is remembered of what a session was told. */
export interface EventMemoryLimits {
  readonly events: number;
  /** Characters of JSON. */
  readonly size: number;
}

const LIMITS: EventMemoryLimits = { events: 256, size: 1024 * 1024 };

interface Remembered {
  readonly number: number;
  readonly stream: StreamId;
  readonly message: JSONRPCMessage;
  readonly size: number;
}

/**
 * What a session was told last, in memory, for a client whose connection broke: it says which message it
 * had last and gets those after it. The oldest are forgotten; nothing is written anywhere.
 */
export function eventMemory(limits: EventMemoryLimits = LIMITS): EventStore {
  let events: Remembered[] = [];
  let size = 0;
  let last = 0;

  const find = (id: EventId): Remembered | undefined =>
    events.find(({ number }) => String(number) === id);

  return {
    async storeEvent(stream, message) {
      last += 1;
      const event = { number: last, stream, message, size: JSON.stringify(message).length };
      events.push(event);
      size += event.size;
      while (events.length > limits.events || size > limits.size) size -= events.shift()?.size ?? 0;
      return String(last);
    },
    getStreamIdForEventId: async (id) => find(id)?.stream,
    async replayEventsAfter(id, { send }) {
      const from = find(id);
      if (from === undefined) throw new Error("an event that is not remembered");
      const later = events.filter(
        ({ number, stream, message }) =>
          number > from.number && stream === from.stream && Object.keys(message).length > 0,
      );
      for (const { number, message } of later) await send(String(number), message);
      return from.stream;
    },
  };
}
