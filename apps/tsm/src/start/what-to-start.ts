import { usageError } from "@tetra/cli-kit";
import { observeIfReadable, type Services } from "@tetra/tsm";
import { relaunch } from "@tetra/tsm/launch";
import { delimiter, resolve } from "node:path";
import { serviceFiles } from "../list/service-files.ts";
import { selectedServices } from "../selected-services.ts";
import { callersEnvironment } from "./launch-context.ts";
import { plan, type Planned, type Planning } from "./planning.ts";
import { requestOfDefinition } from "./request-of-definition.ts";
import { requestOptions } from "./start-options.ts";
import { wholeOptions } from "./whole-dependencies.ts";

/**
 * Plans what was typed: defined services, by name; services that ended, by name or id; else a command.
 * What stands behind `--` is a command whatever it is called.
 * @throws TetraError `USAGE`, and what planning throws
 */
export async function whatToStart(planning: Planning): Promise<readonly Planned[]> {
  const { app, args } = planning;
  const words = args.rest(0);
  if (words.length === 0) return [await planCommand(planning, args.behind)];
  const isDefined = serviceFiles(app.places().root);
  if (isDefined(words[0]?.split("/").at(-1) ?? "")) {
    // what reads definitions is loaded only for something that may be one
    const { planDefined } = await import("./plan-defined.ts");
    const defined = await planDefined(planning, words);
    if (defined !== undefined) return defined;
  }
  return (await planKnown(planning, words)) ?? [await planCommand(planning, words)];
}

async function planCommand(planning: Planning, words: readonly string[]): Promise<Planned> {
  const { app, args, services } = planning;
  const launches = await plan(planning, {
    ...wholeOptions(args, services),
    words,
    cwd: app.cwd(),
    environment: callersEnvironment(app),
    by: app.user(),
  });
  return { launches };
}

/**
 * Services that were started before: every word is the name of one or its id; or, where it would be no
 * command, what `restart` takes it for.
 */
async function planKnown(
  planning: Planning,
  words: readonly string[],
): Promise<readonly Planned[] | undefined> {
  const { app, args, services, host } = planning;
  const names = services.names();
  const known = words.flatMap((word) => knownBy(word, services, names) ?? []);
  const found = known.length === words.length ? known : begunWith(planning, words, names);
  if (found === undefined) return undefined;
  const [option] = Object.keys(requestOptions(args));
  if (option !== undefined) {
    throw usageError(
      `start: "${words[0]}" is known already, and options would change what it is`,
      "start it without options, or give its command again with the same name",
    );
  }
  return Promise.all(
    found.map(async (name) => {
      const origin = services.origin(name);
      const request = await requestOfDefinition(app, origin);
      return { launches: [relaunch(host, origin, request === undefined ? {} : { request })] };
    }),
  );
}

function knownBy(word: string, services: Services, names: readonly string[]): string | undefined {
  if (!/^\d+$/.test(word)) return names.find((name) => name === word);
  return names.find((name) => String(observeIfReadable(services, name)?.meta.tsm_id) === word);
}

/**
 * What words mean that names begin with, unless the first is a program.
 * @throws TetraError `AMBIGUOUS_SERVICE`
 */
function begunWith(
  { app, services, host }: Planning,
  words: readonly string[],
  names: readonly string[],
): readonly string[] | undefined {
  const [program = ""] = words;
  const isBegun = (word: string): boolean => names.some((name) => name.startsWith(word));
  if (!words.every(isBegun)) return undefined;
  const { PATH: path = "" } = app.env;
  if (host.isFile(resolve(app.cwd(), program))) return undefined;
  const isProgram = path
    .split(delimiter)
    .some((folder) => host.isExecutable(resolve(app.cwd(), folder, program)));
  return isProgram ? undefined : selectedServices(services, words);
}
