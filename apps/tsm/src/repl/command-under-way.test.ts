import type { Output, Terminal } from "@tetra/cli-kit";
import { expect, it } from "vitest";
import type { WithinPlace } from "../app.ts";
import { commandUnderWay } from "./command-under-way.ts";

/** A command that ends when it is told to, and has the terminal that it was given. */
function command(): {
  readonly run: (words: readonly string[], place?: WithinPlace) => Promise<number>;
  readonly end: (status: number) => void;
  readonly terminal: () => Terminal;
  readonly printed: readonly string[];
} {
  const printed: string[] = [];
  const out: Output = {
    mode: "plain",
    columns: undefined,
    print: (...pieces) => void printed.push(pieces.map(String).join("")),
    printAll: () => {},
    data: (text) => void printed.push(text),
    json: () => {},
    bytes: () => {},
    onClosed: () => {},
  };
  const real: Terminal = {
    out,
    err: out,
    progress: { show: () => {}, clear: () => {} },
    env: {},
    rows: () => undefined,
    onResize: () => () => {},
    isInteractive: () => true,
    ask: async () => "asked elsewhere",
    onStop: () => () => {},
  };
  let given = real;
  let end: (status: number) => void = () => {};
  return {
    printed,
    end: (status) => end(status),
    terminal: () => given,
    run(_words, place) {
      given = place?.terminal(real) ?? real;
      return new Promise((resolve) => {
        end = resolve;
      });
    },
  };
}

it("ends as the command does", async () => {
  const within = command();
  const underWay = commandUnderWay(["list"], { within, ask: undefined });
  within.terminal().out.print("hello");
  within.end(7);

  expect(await underWay.ended).toBe(7);
  expect(within.printed).toEqual(["hello"]);
});

it("leaves a command alone that listens to no signal, and hears no more of it", async () => {
  const within = command();
  const underWay = commandUnderWay(["list"], { within, ask: undefined });
  underWay.interrupt("SIGINT");
  within.terminal().out.print("late");
  within.terminal().err.data("late");

  expect(await underWay.ended).toBe(130);
  expect(within.printed).toEqual([]);
});

it("lets a command end by itself that listens, unless it is interrupted again", async () => {
  const within = command();
  const heard: string[] = [];
  const underWay = commandUnderWay(["logs"], { within, ask: undefined });
  within.terminal().onStop((signal) => heard.push(signal));
  underWay.interrupt("SIGTERM");
  within.terminal().out.print("ending");
  underWay.interrupt("SIGTERM");

  expect(await underWay.ended).toBe(143);
  expect(heard).toEqual(["SIGTERM", "SIGTERM"]);
  expect(within.printed).toEqual(["ending"]);
});

it("leaves a command alone whose question nobody answers", async () => {
  const within = command();
  const answers = ["yes", undefined];
  const underWay = commandUnderWay(["save"], { within, ask: async () => answers.shift() });

  expect(await within.terminal().ask("sure?")).toBe("yes");
  void within.terminal().ask("really?");
  expect(await underWay.ended).toBe(130);
});
