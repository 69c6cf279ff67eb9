import {
  type Action,
  type ActionRegistry,
  masker,
  type SagaPorts,
  sagas,
  type Sagas,
  SHELL_ACTION,
} from "@tetra/tts-core/saga";
import { hostname, userInfo } from "node:os";
import { isAgents } from "../agent-policy/agent-step.ts";
import type { App } from "../app.ts";
import { patchAction } from "../flows/patch-actions.ts";
import { type Opened, withStore } from "../open-store.ts";
import { consents, type Given } from "./consents.ts";
import { endingLeftCommands, type LeftCommand, toldLeft } from "./end-left-commands.ts";
import { type RememberingReader, secretReader } from "./secrets.ts";
import { shellAction, type ShellPorts } from "./shell-action.ts";
import { recordingFolder } from "./starting-folder.ts";
import type { Secrets } from "./step-output.ts";
import { realTimer } from "./timer.ts";

/** Everything that carries sagas on. */
export interface Engine extends Opened {
  readonly sagas: Sagas;
  readonly ports: SagaPorts & { readonly runner: string };
}

/** What an engine is made of besides the program's own. */
export interface EngineOptions {
  /** Actions besides `shell`. */
  readonly actions?: ActionRegistry | undefined;
  /** What a person has allowed on endpoints. */
  readonly given?: Given;
  /** Where sagas are started, for those that are begun here. Default: the working directory. */
  readonly folder?: (() => string | undefined) | undefined;
  readonly onEvent?: SagaPorts["onEvent"];
  readonly onLine?: ShellPorts["onLine"];
  /** Told of commands that outlived their runner. Default: a line on standard error. */
  readonly onLeft?: (left: LeftCommand) => void;
  /** The command that was given, for the record of the lease. */
  readonly verb: string;
}

/** Longer than a command that was told to stop may take, and is then killed. */
const GRACE_MS = 8000;

/** Opens the store for writing, with what carries sagas on. */
export function withEngine<T>(
  app: App,
  options: EngineOptions,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  return withStore(app, "write", (opened) => use(engineOver(opened, app, options)));
}

function engineOver(opened: Opened, app: App, options: EngineOptions): Engine {
  const { store, manager } = opened;
  const { actions, given = new Map(), onEvent, onLine = () => {}, verb } = options;
  const { folder = () => app.cwd(), onLeft = (left) => app.err.print(toldLeft(left)) } = options;
  const reader = secretReader(app.env);
  const shell = {
    app,
    store,
    secrets: secretsOf(reader),
    consents: consents(app, manager, given),
    onLine,
  };
  const ports = {
    store: endingLeftCommands(recordingFolder(store, folder), {
      clock: app.clock,
      timer: realTimer,
      artifactsOf: (txn) => store.paths(txn).artifacts,
      onLeft,
    }),
    clock: app.clock,
    timer: realTimer,
    random: Math.random,
    actions: withShell(shell, actions),
    secrets: reader,
    graceMs: GRACE_MS,
    runner: `ttm ${verb} on ${hostname()}`,
    ...(onEvent === undefined ? {} : { onEvent }),
  };
  return { ...opened, ports, sagas: sagas(ports) };
}

/** The person who types, for what is recorded. */
export function whoTypes(): string {
  return userInfo().username;
}

/**
 * `shell`, and what changes projects for flows. What agents proposed is subject to their policy, whoever
 * carries it on.
 */
function withShell(ports: ShellPorts, others: ActionRegistry | undefined): ActionRegistry {
  const shell = shellAction(ports);
  const ofAgents: Action = async (call) => {
    const { agentCommand } = await import("../agent-policy/agent-command.ts");
    return agentCommand(ports)(call);
  };
  const commands = (agent: string | undefined): Action => (isAgents(agent) ? ofAgents : shell);
  const own = (name: string, agent: string | undefined): Action | undefined => {
    if (name === SHELL_ACTION) return commands(agent);
    // agents have commands alone, which their policy judges
    return isAgents(agent) ? undefined : patchAction(name, ports.store);
  };
  return { find: (name, agent) => others?.find(name, agent) ?? own(name, agent) };
}

/** What was read so far; output is taken as bytes, so secrets are known as bytes too. */
function secretsOf(reader: RememberingReader): Secrets {
  let count = 0;
  let made = masker([]);
  let longest = 0;
  const look = (): void => {
    const values = reader.values();
    if (values.length === count) return;
    count = values.length;
    const bytes = values.map((value) => Buffer.from(value, "utf8").toString("latin1"));
    made = masker([...values, ...bytes]);
    longest = Math.max(...bytes.map(({ length }) => length));
  };
  return {
    masker() {
      look();
      return made;
    },
    longest() {
      look();
      return longest;
    },
  };
}
