import { type Arguments, parseCommandLine, usageError } from "@tetra/cli-kit";
import { keysOfRunning, savedName, type ServiceKeys } from "@tetra/tsm/definitions";
import { readableServices } from "@tetra/tsm";
import type { App, TsmRun } from "../app.ts";
import { SAVED_OPTIONS, savedKeys } from "../definitions/saved-options.ts";
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
  if (more.length > 0 || args.behind.length > 0 || newName?.startsWith("-") === true) {
    return undefined; // a command, or options of one
  }
  const services = openedServices(app);
  const isExact =
    services.names().includes(word) ||
    (/^\d+$/.test(word) &&
      readableServices(services).some(({ meta }) => String(meta.tsm_id) === word));
  if (newName !== undefined && !isExact) return undefined;
  const [service = "", ...others] = selectedServices(services, [word]);
  if (others.length > 0) throw usageError("save: one service at a time", "name one service");
  const { meta } = services.observe(service);
  return {
    name: newName ?? savedName(service),
    keys: { ...keysOfRunning(meta), ...savedKeys(args, app.cwd()) },
  };
}

function commandMeant(args: Arguments, app: App): Meant {
  const [name = "", ...rest] = args.rest(0);
  const after = afterName(rest);
  const words =
    after === undefined ? [...rest, ...args.behind] : [...after.rest(0), ...after.behind];
  const [only = ""] = words;
  const command = words.length === 1 ? only : words;
  const cwd = app.cwd();
  const said = { ...savedKeys(args, cwd), ...(after === undefined ? {} : savedKeys(after, cwd)) };
  return { name, keys: { command, cwd, ...said } };
}

/** What stands behind the name, when it begins with options. @throws TetraError `USAGE` */
function afterName(words: readonly string[]): Arguments | undefined {
  if (words[0]?.startsWith("-") !== true) return undefined;
  const command = {
    name: "save",
    group: "",
    summary: "",
    arguments: [{ name: "command", required: true, repeats: true }],
    optionsFirst: true,
    options: SAVED_OPTIONS,
    load: async () => ({ run: async () => 0 }),
  };
  const line = { program: "tsm", summary: "", options: {}, commands: [command] };
  const request = parseCommandLine({ ...line, notes: [], examples: [] }, ["save", ...words]);
  return request.type === "run" ? request.args : undefined;
}

async function isAllowed(app: App, address: string): Promise<boolean> {
  if (!app.isInteractive()) return false;
  const answer = await app.ask(`${address} is defined already. Overwrite? [y/N]`);
  return /^y(es)?$/i.test(answer);
}
