import { expect, it } from "vitest";
import { type MonitorEvent, parseEvent } from "./event.ts";
import { runTrigger } from "./run-trigger.ts";
import { parseTriggers } from "./trigger.ts";
import { type TriggerOutcome, type TriggerRun, triggerRunner } from "./trigger-runner.ts";

const TRIGGERS = parseTriggers("CLICK|echo 1|x|true\nCLICK|echo 2|off|false\n", "triggers.conf");
const FINE: TriggerOutcome = { status: 0, output: "" };

function event(text: string): MonitorEvent {
  const read = parseEvent(text, {
    service: "web",
    stream: "out",
    offset: 0,
    atMs: 0,
    precisionMs: 0,
  });
  if (read === undefined) throw new Error("no event");
  return read;
}

it("runs what is enabled and matches, and tells what came of it", async () => {
  const runs: TriggerRun[] = [];
  const runner = triggerRunner({
    triggers: TRIGGERS,
    run: async () => FINE,
    onRun: (run) => runs.push(run),
  });

  runner.offer(event("TETRA:CLICK:A"));
  runner.offer(event("TETRA:PAGE:A"));
  await runner.idle();

  expect(runs.map(({ trigger, event: { event: name } }) => [trigger.command, name])).toEqual([
    ["echo 1", "A"],
  ]);
});

it("runs four at once, lets a thousand wait, and counts what it leaves out", async () => {
  const ends: (() => void)[] = [];
  let ran = 0;
  const runner = triggerRunner({
    triggers: TRIGGERS,
    run: () =>
      new Promise((resolve) => {
        ends.push(() => resolve(FINE));
      }),
    onRun: () => (ran += 1),
  });

  for (let at = 0; at < 1010; at += 1) runner.offer(event("TETRA:CLICK:A"));
  expect(ends).toHaveLength(4);
  expect(runner.dropped()).toBe(6);

  runner.stop();
  for (const end of ends) end();
  await runner.idle();
  expect(ran).toBe(4);
});

it("tells the status and the output of a command, also when there is no end to it", async () => {
  const options = { environment: { PATH: process.env["PATH"] } };
  const script = 'echo "$TETRA_TOKEN"; echo bad >&2; exit 3';
  const failed = await runTrigger({ script }, event("TETRA:CLICK:A"), options);
  expect(failed.status).toBe(3);
  expect(failed.output.split("\n").toSorted()).toEqual(["", "TETRA:CLICK:A", "bad"]);

  const stop = new AbortController();
  const ended = runTrigger({ script: "sleep 1000 & sleep 1000" }, event("TETRA:CLICK:A"), {
    ...options,
    signal: stop.signal,
  });
  stop.abort();
  expect((await ended).status).toBeNull();

  const late = runTrigger({ script: "sleep 1000" }, event("TETRA:CLICK:A"), {
    ...options,
    timeoutMs: 20,
  });
  expect((await late).status).toBeNull();
});
