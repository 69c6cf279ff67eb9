import { type Arguments, usageError } from "@tetra/cli-kit";
import type { Services } from "@tetra/tsm";
import { definitionRequest } from "@tetra/tsm/definitions";
import { type Launch, type LaunchHost, planLaunch, relaunch } from "@tetra/tsm/launch";
import type { App } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";
import { callersEnvironment } from "./launch-context.ts";
import { requestOptions } from "./start-options.ts";

/** What one word, or all of them, came to. */
export interface Planned {
  /** The definition's address; absent: a command, or a service that is started again. */
  readonly defined?: string;
  readonly launches: readonly Launch[];
}

/** What planning takes. */
export interface Planning {
  readonly app: App;
  readonly args: Arguments;
  readonly services: Services;
  readonly host: LaunchHost;
}

/**
 * Plans what was typed: defined services, by name; services that ended, by name or id; else a command.
 * What stands behind `--` is a command whatever it is called.
 * @throws TetraError `USAGE`, and what planning throws
 */
export function whatToStart(planning: Planning): readonly Planned[] {
  const { args } = planning;
  const words = args.rest(0);
  if (words.length === 0) return [planCommand(planning, args.behind)];
  return (
    planDefined(planning, words) ?? planKnown(planning, words) ?? [planCommand(planning, words)]
  );
}

function planCommand({ app, args, host }: Planning, words: readonly string[]): Planned {
  const launches = planLaunch(host, {
    ...requestOptions(args),
    words,
    cwd: app.cwd(),
    environment: callersEnvironment(app),
    by: app.user(),
  });
  return { launches };
}

/** Definitions, when the first word names one. */
function planDefined(
  { app, args, host }: Planning,
  words: readonly string[],
): readonly Planned[] | undefined {
  const definitions = openedDefinitions(app);
  const [first = "", ...others] = words;
  if (definitions.candidates(first).length === 0) return undefined;
  const stranger = others.find((word) => definitions.candidates(word).length === 0);
  if (stranger !== undefined) {
    throw usageError(
      `start: "${first}" is a defined service, and ${JSON.stringify(stranger)} is none`,
      `name only defined services, or run the command: tsm start -- ${words.join(" ")}`,
    );
  }
  return words.map((word) => {
    const stored = definitions.find(word);
    const request = definitionRequest(definitions.read(stored), {
      environment: callersEnvironment(app),
      options: requestOptions(args),
    });
    return {
      defined: stored.address,
      launches: planLaunch(host, { ...request, by: app.user() }),
    };
  });
}

/** Services that were started before, when every word names one, or has its id. */
function planKnown(
  { args, services, host }: Planning,
  words: readonly string[],
): readonly Planned[] | undefined {
  const names = services.names();
  const known = words.map((word) =>
    /^\d+$/.test(word)
      ? names.find((name) => String(services.observe(name).meta.tsm_id) === word)
      : names.find((name) => name === word),
  );
  const found = known.filter((name) => name !== undefined);
  if (found.length < words.length) return undefined;
  const [option] = Object.keys(requestOptions(args));
  if (option !== undefined) {
    throw usageError(
      `start: "${words[0]}" is known already, and options would change what it is`,
      "start it without options, or give its command again with the same name",
    );
  }
  return found.map((name) => ({ launches: [relaunch(host, services.origin(name))] }));
}
