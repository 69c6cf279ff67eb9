import type { Candidate } from "@tetra/cli-kit";
import { expect, it } from "vitest";
import { completeLine } from "./complete-line.ts";

/** Completes as if the program offered these, and remembers what it was asked. */
function offering(...values: readonly string[]) {
  const asked: (readonly string[])[] = [];
  const complete = async (words: readonly string[]): Promise<readonly Candidate[]> => {
    asked.push(words);
    return values.map((value) => ({ value }));
  };
  return { asked, complete };
}

it("offers what a shell would be offered", async () => {
  const within = offering("web", "worker");

  expect(await completeLine("tsm info w", within)).toEqual([["web", "worker"], "w"]);
  expect(within.asked).toEqual([["info", "w"]]);
});

it("quotes what a shell would take apart, and goes on behind what is whole", async () => {
  expect(await completeLine("info 'my", offering("my web"))).toEqual([["'my web' "], "'my"]);
  expect(await completeLine("list --sort=", offering("--sort=id"))).toEqual([
    ["--sort=id "],
    "--sort=",
  ]);
});

it("knows slash commands, and what comes behind them", async () => {
  const within = offering("web");

  expect(await completeLine("/cl", within)).toEqual([["/clean", "/clear"], "/cl"]);
  expect(await completeLine("/env ", within)).toEqual([["web "], ""]);
  expect(await completeLine("/orphans ", within)).toEqual([["web "], ""]);
  expect(within.asked).toEqual([
    ["env", ""],
    ["doctor", "orphans", ""],
  ]);
});

it("offers files behind an exclamation mark", async () => {
  const folder = `${import.meta.dirname}/`;

  const [found] = await completeLine(`!cat ${folder}complete-line.te`, offering());
  expect(found).toEqual([`${folder}complete-line.test.ts `]);
  expect(await completeLine("!cat /no such/x", offering())).toEqual([[], "such/x"]);
});
