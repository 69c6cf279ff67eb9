import { type Arguments, parseDuration, usageError } from "@tetra/cli-kit";
import { reload, type Reloaded, type ReloadStep } from "@tetra/tsm/instances";
import { actOnEach } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { openedNginx } from "../boot/opened-nginx.ts";
import { selectedGroups } from "../boot/site-of.ts";
import { openedServices } from "../opened-services.ts";
import { freshSpec } from "../start/fresh-spec.ts";
import { launchHost } from "../start/launch-context.ts";
import { wakeDaemon } from "../start/wake-daemon.ts";
import { stopOptions } from "../stop-options.ts";

/** `tsm reload <service>...` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const stop = stopOptions(args);
  const drainMs = drainTime(args);
  const services = openedServices(app);
  const host = launchHost(app, services);
  const nginx = openedNginx(app, services);
  const groups = selectedGroups(services, args.rest(0));
  const status = await actOnEach(app, { levels: [groups], act: reloadOne });
  await wakeDaemon(app, { isWanted: !args.has("no-daemon") });
  return status;

  async function reloadOne(group: string) {
    const { folder } = app.places();
    const reloaded = await reload(
      {
        folder,
        services,
        nginx,
        stop,
        ...(drainMs === undefined ? {} : { drainMs }),
        fresh: (name) => freshSpec({ app, args, services, host }, name),
        onStep: (step) => {
          const text = stepText(step);
          if (out.mode !== "json" && text !== undefined) out.print(`  ${text}`);
        },
      },
      group,
    );
    const { restarted, promise, steering, cut } = reloaded;
    const message = `tsm: reloaded '${group}' (${restarted.length} of ${restarted.length}): ${promiseText(reloaded)}`;
    if (out.mode !== "json") {
      out.print(message);
      for (const [name, left] of Object.entries(cut)) {
        err.print(`⚠️  ${name}: ${left} connections were not waited for any longer`);
      }
    }
    const names = restarted.map(({ meta }) => meta.name);
    return { message, data: { group, promise, steering: steering ?? null, restarted: names, cut } };
  }
};

function stepText(step: ReloadStep): string | undefined {
  switch (step.type) {
    case "start-stand-in":
      return `${step.of}: a second copy carries the traffic meanwhile`;
    case "restart":
      return `${step.name}: restarting`;
    case "drain":
      return `${step.name}: waiting for its connections to end`;
    case "route":
    case "remove-stand-in":
      return undefined;
  }
}

/** What the person can count on. */
function promiseText({ promise, steering, cut }: Reloaded): string {
  switch (promise) {
    case "no-request-fails":
      if (Object.keys(cut).length > 0)
        return "connections that lasted longer than --drain were cut";
      return steering === "reload"
        ? "no request was lost, but nginx closed idle connections of clients (its workers are another user)"
        : "no request was lost";
    case "one-at-a-time":
      return "one at a time; without nginx in front, requests to the one that restarts fail (tsm nginx install)";
    case "gap":
      return "with a gap, as a restart; nginx in front closes it (tsm nginx install)";
  }
}

function drainTime(args: Arguments): number | undefined {
  const text = args.value("drain");
  if (text === undefined) return undefined;
  const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  if (ms !== undefined) return Math.round(ms);
  throw usageError(`--drain: ${JSON.stringify(text)} is no time`, "use 30s, 500ms or 2m");
}
