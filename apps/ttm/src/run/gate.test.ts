import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { gated } from "./gate.ts";

interface Held {
  readonly child: ChildProcess;
  readonly gate: Writable;
  readonly printed: () => string;
}

/** A command behind its gate. */
function held(...[command, ...args]: readonly [string, ...string[]]): Held {
  const { command: first, args: rest } = gated(command, args);
  const child = spawn(first, rest, { stdio: ["ignore", "pipe", "inherit", "pipe"] });
  let text = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    text += String(bytes);
  });
  const gate = child.stdio[3];
  if (!(gate instanceof Writable)) throw new Error("there is no pipe");
  return { child, gate, printed: () => text };
}

it("lets a command go with its arguments as they are, and nothing of the gate", async () => {
  const { child, gate, printed } = held(
    "sh",
    "-c",
    'echo "[$1]" $$; (: <&3) 2>&- || echo closed; env',
    "x",
    "a  'b'$c",
  );
  gate.end("\n");
  await once(child, "close");

  const [first, second, ...variables] = printed().split("\n");
  expect(first).toBe(`[a  'b'$c] ${child.pid}`);
  expect(second).toBe("closed");
  expect(variables.join("\n")).not.toContain("TTM_GATE");
});

it("does nothing when who holds it dies", async () => {
  const { child, gate, printed } = held("echo", "hello");
  gate.destroy();

  expect(await once(child, "close")).toEqual([125, null]);
  expect(printed()).toBe("");
});
