import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";
import { expect, it } from "vitest";
import { eventMemory } from "./event-memory.ts";

const message = (method: string): JSONRPCMessage => ({ jsonrpc: "2.0", method });

async function replayed(memory: EventStore, from: string): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  await memory.replayEventsAfter(from, {
    send: async (id, each) => void seen.push([id, "method" in each ? each.method : ""]),
  });
  return seen;
}

it("tells what came after an event, of the same stream, in order", async () => {
  const memory = eventMemory();
  const first = await memory.storeEvent("a", message("1"));
  await memory.storeEvent("b", message("2"));
  const third = await memory.storeEvent("a", message("3"));
  const fourth = await memory.storeEvent("a", message("4"));

  expect(await replayed(memory, first)).toEqual([
    [third, "3"],
    [fourth, "4"],
  ]);
  expect(await memory.getStreamIdForEventId?.(first)).toBe("a");
});

it("leaves out what only began a stream", async () => {
  const memory = eventMemory();
  const mark: JSONRPCMessage = JSON.parse("{}"); // the SDK's own, which is no message
  const first = await memory.storeEvent("a", mark);
  await memory.storeEvent("a", mark);

  expect(await replayed(memory, first)).toEqual([]);
});

it("forgets the oldest, by number and by size", async () => {
  const few = eventMemory({ events: 2, size: 1_000_000 });
  const small = eventMemory({ events: 1000, size: 100 });

  for (const memory of [few, small]) {
    const ids: string[] = [];
    for (let count = 0; count < 10; count += 1)
      ids.push(await memory.storeEvent("a", message("m")));
    expect(await memory.getStreamIdForEventId?.(ids[0] ?? "")).toBeUndefined();
    expect(await memory.getStreamIdForEventId?.(ids.at(-1) ?? "")).toBe("a");
    await expect(replayed(memory, ids[0] ?? "")).rejects.toThrow("not remembered");
  }
});
