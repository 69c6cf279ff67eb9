import { type Arguments, usageError } from "@tetra/cli-kit";
import { keysOfRunning, savedName, type ServiceKeys } from "@tetra/tsm/definitions";
import { resolve } from "node:path";
import type { App, TsmRun } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";

/** `tsm save <name> <command...>`, `tsm save <service> [name]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const definitions = openedDefinitions(app);
  const { name, keys } = runningMeant(args, app) ?? commandMeant(args, app);
  const org = args.value("org") ?? keys.org;
  const address = org === undefined ? name : `${org}/${name}`;
  const isThere = definitions.candidates(address).some((stored) => stored.org === org);
  const mayReplace = args.has("force") || (isThere && (await isAllowed(app, address)));
  if (isThere && !mayReplace && app.isInteractive()) {
    app.err.print("❌ Save cancelled");
    return 1;
  }
  const { org: _org, ...own } = keys;
  const stored = definitions.save({ name, org, keys: own, overwrite: mayReplace });
  if (out.mode === "json") {
    out.json({ success: true, data: { name: stored.address, file: stored.file } });
    return 0;
  }
  out.print(`✅ Saved service definition: ${stored.file}`);
  out.print(
    `   Start it: tsm start ${stored.address}; with the machine: tsm enable ${stored.address}`,
  );
  return 0;
};

interface Meant {
  readonly name: string;
  readonly keys: ServiceKeys;
}

/** A service that runs: named alone, or exactly with a new name after it. */
function runningMeant(args: Arguments, app: App): Meant | undefined {
  const [word = "", newName, ...more] = args.rest(0);
  if (more.length > 0 || args.behind.length > 0) return undefined;
  const services = openedServices(app);
  const isExact =
    services.names().includes(word) ||
    (/^\d+$/.test(word) &&
      services.names().some((name) => String(services.observe(name).meta.tsm_id) === word));
  if (newName !== undefined && !isExact) return undefined;
  const [service = "", ...others] = selectedServices(services, [word]);
  if (others.length > 0) throw usageError("save: one service at a time", "name one service");
  const { meta } = services.observe(service);
  return {
    name: newName ?? savedName(service),
    keys: { ...keysOfRunning(meta), ...said(args, app) },
  };
}

function commandMeant(args: Arguments, app: App): Meant {
  const [name = "", ...words] = [...args.rest(0), ...args.behind];
  const [only = ""] = words;
  const command = words.length === 1 ? only : words;
  return { name, keys: { command, cwd: app.cwd(), ...said(args, app) } };
}

/** What the options say. */
function said(args: Arguments, app: App): ServiceKeys {
  const port = args.value("port");
  const env = args.value("env");
  const cwd = args.value("cwd");
  const description = args.value("description");
  if (port !== undefined && !/^\d+$/.test(port)) {
    throw usageError(`save: ${JSON.stringify(port)} is no port`, "use 1 to 65535");
  }
  return {
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(env === undefined || env === "none" ? {} : { env_file: envFile(env) }),
    ...(cwd === undefined ? {} : { cwd: resolve(app.cwd(), cwd) }),
    ...(description === undefined ? {} : { description }),
  };
}

/** A bare word is a file of the folder `env`. */
function envFile(env: string): string {
  return env.includes("/") || env.includes(".") ? env : `env/${env}.env`;
}

async function isAllowed(app: App, address: string): Promise<boolean> {
  if (!app.isInteractive()) return false;
  const answer = await app.ask(`${address} is defined already. Overwrite? [y/N]`);
  return /^y(es)?$/i.test(answer);
}
