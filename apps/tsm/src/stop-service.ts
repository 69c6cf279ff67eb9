import { describeExit, observeIfReadable, type Services, type StopOptions } from "@tetra/tsm";
import type { Done } from "./act-on-each.ts";
import type { App } from "./app.ts";

/** Which service to stop, and how. */
export interface Stopping {
  readonly services: Services;
  readonly name: string;
  readonly options: StopOptions;
}

/** Stops a service in the original's words, and names what could not be ended. */
export async function stopService(
  { out, err, via }: Pick<App, "out" | "err" | "via">,
  { services, name, options }: Stopping,
): Promise<Done> {
  const say = (line: string): void => {
    if (out.mode !== "json") out.print(line);
  };
  const main = observeIfReadable(services, name)?.observed.main;
  if (main !== undefined) say(`${via}: stopping '${name}' (PID: ${main.pid})`);
  const stopped = await services.stop(name, options);
  const { outcome, exit, survivors, portHolder } = stopped;
  if (outcome === "killed" && options.timeoutMs !== 0) {
    say(`${via}: force killing '${name}' after timeout`);
  }
  for (const { pid, command } of survivors) {
    err.print(`${via}: PID ${pid} (${command}) could not be ended`);
  }
  if (portHolder !== undefined) {
    const { pid, command } = portHolder;
    const who = pid === undefined ? "another user's process" : `PID ${pid} (${command})`;
    err.print(`${via}: the port of '${name}' is still held by ${who}`);
  }
  const message = `${via}: stopped '${name}'`;
  say(message);
  return {
    message,
    data: {
      name,
      outcome,
      exit: exit === undefined ? null : describeExit(exit),
      exit_code: exit?.code ?? null,
      exit_signal: exit?.signal ?? null,
      survivors,
      port_holder: portHolder ?? null,
    },
  };
}
