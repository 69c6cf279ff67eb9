import { styled } from "@tetra/cli-kit";
import {
  readTriggers,
  runTrigger,
  tokenOf,
  triggerFile,
  type TriggerRun,
  triggerRunner,
} from "@tetra/tsm/monitoring";
import type { App, TsmRun } from "../app.ts";
import { following } from "../following.ts";
import { followEvents } from "../monitoring/read-events.ts";
import { timeText } from "../monitoring/told-events.ts";

/** `tsm triggers run [service...]` */
export const run: TsmRun = async (args, app) => {
  const { folder } = app.places();
  const triggers = readTriggers(folder);
  if (!triggers.some(({ isEnabled }) => isEnabled)) {
    app.err.print(`tsm: triggers: none is enabled in ${triggerFile(folder)}`);
    return 1;
  }
  return following(app, async (signal) => {
    const runner = triggerRunner({
      triggers,
      run: (trigger, event) => runTrigger(trigger, event, { environment: app.env, signal }),
      onRun: (ran) => tell(app, ran),
    });
    for await (const events of followEvents(app, args, { signal })) {
      for (const event of events) runner.offer(event);
    }
    runner.stop();
    await runner.idle();
    if (runner.dropped() > 0) {
      app.err.print(`tsm: triggers: left out ${runner.dropped()}, because too many came at once`);
    }
  });
};

function tell({ out }: App, { trigger, event, status, output }: TriggerRun): void {
  const token = tokenOf(event);
  if (out.mode === "json") {
    const at = timeText(event.atMs);
    const record = { at, service: event.service, token, name: trigger.name, status, output };
    out.data(`${JSON.stringify(record)}\n`);
    return;
  }
  const mark = status === 0 ? styled("✓", "green") : styled(`✗ ${status ?? "ended"}`, "red");
  out.print(mark, ` ${token} of ${event.service}: ${trigger.command}`);
  for (const line of output.split("\n")) if (line !== "") out.print(`  ${line}`);
}
