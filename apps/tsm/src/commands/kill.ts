import { type Arguments, usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { observeIfReadable, type Services, systemPlatform } from "@tetra/tsm";
import type { App, TsmRun } from "../app.ts";
import type { TsmCliErrorCode } from "../errors.ts";
import { killProcess } from "../kill-process.ts";
import { openedServices } from "../opened-services.ts";
import { undisturbed } from "../undisturbed.ts";

const WAYS = ["port", "name", "id", "pid"] as const;

/** What to look for. */
interface Wanted {
  readonly way: (typeof WAYS)[number];
  readonly value: string;
}

/** Something to kill: a service, or a process that is none. */
interface Target {
  readonly name: string | undefined;
  readonly id: number | undefined;
  readonly pid: number | undefined;
}

/** What became of a target. */
interface Killed extends Target {
  readonly error?: string;
}

const TERM_MS = 1000;

/** `tsm kill [--port|--name|--id|--pid V] [x...]` */
export const run: TsmRun = async (args, app) => {
  const wanted = wantedOf(args);
  const services = openedServices(app);
  const timeoutMs = args.has("force") ? 0 : TERM_MS;
  const say = (line: string): void => {
    if (app.out.mode !== "json") app.out.print(line);
  };
  return undisturbed(app, async (interruption) => {
    const results: Killed[] = [];
    for (const each of wanted) {
      say(`🔍 Looking for ${each.way} ${each.value}`);
      const targets = targetsOf(services, each);
      if (targets.length === 0) {
        results.push({ name: each.value, id: undefined, pid: undefined, error: "not found" });
        if (app.out.mode !== "json")
          app.err.print(`❌ Nothing found for ${each.way} ${each.value}`);
      }
      for (const target of targets) {
        if (interruption.signal !== undefined) break;
        say(`📋 Found: ${textOf(target)}`);
        results.push(await killTarget(target));
      }
    }
    return report(app, results);
  });

  async function killTarget(target: Target): Promise<Killed> {
    const { name, pid } = target;
    try {
      if (name !== undefined) await services.remove(name, { signal: "SIGTERM", timeoutMs });
      else if (pid !== undefined) await killProcess(pid, timeoutMs);
      say(`✅ Killed ${textOf(target)}`);
      return target;
    } catch (error) {
      if (!(error instanceof TetraError)) throw error;
      if (app.out.mode !== "json") app.err.print(`❌ ${error.message}`);
      return { ...target, error: error.message };
    }
  }
};

function wantedOf(args: Arguments): readonly Wanted[] {
  const flagged = WAYS.flatMap((way) => args.values(way).map((value) => ({ way, value })));
  const plain = args
    .rest(0)
    .map((value): Wanted => ({ way: /^\d+$/.test(value) ? "id" : "name", value }));
  const wanted = [...flagged, ...plain];
  if (wanted.length === 0) {
    throw usageError(
      "kill: nothing was named",
      "usage: tsm kill [--port N|--name NAME|--id ID|--pid PID] [--force] [service...]",
    );
  }
  for (const { way, value } of wanted) {
    if (way !== "name" && !/^\d+$/.test(value)) {
      throw usageError(`kill: --${way} takes a number, not ${JSON.stringify(value)}`, "use digits");
    }
  }
  return wanted;
}

function targetsOf(services: Services, { way, value }: Wanted): readonly Target[] {
  const tracked = services.names().flatMap((name): readonly Target[] => {
    const service = observeIfReadable(services, name);
    const pid = service?.observed.main?.pid;
    const fits = {
      id: String(service?.meta.tsm_id) === value,
      name: name === value || name.startsWith(`${value}-`),
      port: String(service?.meta.port) === value && pid !== undefined,
      pid: String(pid) === value,
    }[way];
    return fits ? [{ name, id: service?.meta.tsm_id, pid }] : [];
  });
  if (tracked.length > 0 || way === "id" || way === "name") return tracked;
  const platform = systemPlatform();
  const pids =
    way === "pid"
      ? [platform.process(Number(value))?.pid]
      : platform.listeners(Number(value)).map((listener) => listener.pid);
  return [...new Set(pids)].flatMap((pid) =>
    pid === undefined ? [] : [{ name: undefined, id: undefined, pid }],
  );
}

function textOf({ name, id, pid }: Target): string {
  if (name === undefined) return `PID ${pid} (no service of ours)`;
  return `${name} (TSM ID: ${id ?? "-"}${pid === undefined ? "" : `, PID: ${pid}`})`;
}

function report(app: App, results: readonly Killed[]): number {
  const failed = results.filter(({ error }) => error !== undefined);
  const succeeded = results.length - failed.length;
  const summary = `📊 Summary: ${succeeded} succeeded, ${failed.length} failed`;
  if (app.out.mode === "json") {
    if (failed.length > 0) {
      throw new TetraError<TsmCliErrorCode>("NOT_KILLED", summary, { details: { results } });
    }
    app.out.json({ success: true, message: summary, data: results });
  } else if (results.length > 1) app.out.print(summary);
  return failed.length > 0 ? 1 : 0;
}
