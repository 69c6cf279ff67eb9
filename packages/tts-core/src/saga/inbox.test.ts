import { expect, it } from "vitest";
import { inbox } from "./inbox.ts";

it("gives what came, in order, and nothing twice", () => {
  const { put, takeAll } = inbox<number>();
  put(1);
  put(2);
  expect(takeAll()).toEqual([1, 2]);
  expect(takeAll()).toEqual([]);
});

it("lets whoever waits go on when something comes, or came before", async () => {
  const early = inbox<number>();
  early.put(1);
  await early.wait();

  const late = inbox<number>();
  const waiting = late.wait();
  late.put(1);
  await waiting;
  expect([early.takeAll(), late.takeAll()]).toEqual([[1], [1]]);
});

it("can be rung without anything in it", async () => {
  const { ring, wait, takeAll } = inbox<number>();
  ring();
  await wait();
  expect(takeAll()).toEqual([]);
});
