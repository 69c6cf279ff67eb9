import type { Meta } from "../files/meta.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import type { RestartPolicy } from "../supervise/restart-policy.ts";
import type { UnitScope } from "./daemon-unit.ts";
import { serviceUnitName } from "./unit-name.ts";
import { quoteCommand, quoteLine, quotePath, quoteWord, unitText } from "./unit-text.ts";

/** What a unit for one service is made from. */
export interface ServiceUnit {
  readonly scope: UnitScope;
  readonly meta: Meta;
  /** The program's absolute path, then its arguments. */
  readonly argv: readonly string[];
  readonly environment: ServiceEnvironment;
  /** The file, private to the user, that has variables which look secret, or have several lines. */
  readonly secretsFile: string;
}

/** A unit, and what belongs beside it. */
export interface ServiceUnitFiles {
  readonly name: string;
  readonly text: string;
  /** The file of secrets; `undefined`: there are none, and no file is named. */
  readonly secrets: { readonly path: string; readonly text: string } | undefined;
}

/** What systemd takes for the name of a variable. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What cannot stand in a unit, and can in a file of variables. */
const HAS_CONTROLS = /\p{Cc}/u;

type Setting = readonly [name: string, value: string];

/**
 * The unit that runs one service without Tetra: the same command, folder, environment, restarts and
 * order. Health probes, watched files and schedules have no counterpart there.
 * @throws TetraError `UNIT_TEXT`
 */
export function serviceUnit(unit: ServiceUnit): ServiceUnitFiles {
  const { meta, scope, argv, environment, secretsFile } = unit;
  const { name, cwd, prehook, care, restart_policy: policy } = meta;
  const variables = Object.entries(environment).filter(
    ([key]) => NAME.test(key) && !isOfSession(key),
  );
  const isPrivate = ([key, value]: readonly [string, string]): boolean =>
    isSecret(key) || HAS_CONTROLS.test(value);
  const plain = variables.filter((variable) => !isPrivate(variable));
  const secret = variables.filter(isPrivate);
  const needed = (care.dependsOn ?? []).map((other) => serviceUnitName(other.name)).join(" ");
  const { user = "", maxMemoryBytes } = care;

  const text = unitText("Written by tsm systemd.", [
    {
      heading: "Unit",
      settings: [
        ["Description", quoteLine(`${name}: ${meta.command}`)],
        ...(scope === "system" ? ([["After", "network.target"]] as const) : []),
        ...present(needed !== "", ["Requires", needed], ["After", needed]),
        ...startLimit(policy),
      ],
    },
    {
      heading: "Service",
      settings: [
        ["Type", "exec"],
        ["ExecStart", quoteCommand(prehook === "" ? argv : withPrehook(prehook, argv))],
        ["WorkingDirectory", quotePath(cwd)],
        ...plain.map(([key, value]): Setting => ["Environment", quoteWord(`${key}=${value}`)]),
        ...present(secret.length > 0, ["EnvironmentFile", quotePath(secretsFile)]),
        ...present(scope === "system" && user !== "", ["User", quoteLine(user)]),
        ...restarting(policy),
        ["KillSignal", meta.stop_signal],
        ["TimeoutStopSec", seconds(meta.stop_timeout_ms)],
        ...present(maxMemoryBytes !== undefined, ["MemoryMax", String(maxMemoryBytes)]),
      ],
    },
    {
      heading: "Install",
      settings: [["WantedBy", scope === "system" ? "multi-user.target" : "default.target"]],
    },
  ]);
  return {
    name: serviceUnitName(name),
    text,
    secrets:
      secret.length === 0
        ? undefined
        : { path: secretsFile, text: secret.map(environmentLine).join("") },
  };
}

function present(isThere: boolean, ...settings: readonly Setting[]): readonly Setting[] {
  return isThere ? settings : [];
}

/** The hook's own process becomes the service's, as with tsm. */
function withPrehook(prehook: string, argv: readonly string[]): readonly string[] {
  return ["/bin/sh", "-c", `{ ${prehook}; } || exit 75; exec "$@"`, "sh", ...argv];
}

function restarting(policy: RestartPolicy): readonly Setting[] {
  const successes = [
    ...policy.successCodes.filter((code) => code !== 0).map(String),
    ...policy.successSignals,
  ];
  return [
    ["Restart", policy.restart],
    ["RestartSec", seconds(policy.backoffMs)],
    ...present(successes.length > 0, ["SuccessExitStatus", successes.join(" ")]),
  ];
}

/** Counting restarts is the nearest that systemd has to giving up; no limit is said, because it has one. */
function startLimit({ restart, maxRestarts, stableMs }: RestartPolicy): readonly Setting[] {
  if (restart === "no" || maxRestarts === undefined) return [["StartLimitIntervalSec", "0"]];
  const interval = seconds(Math.max(stableMs, 1000) * (maxRestarts + 1));
  return [
    ["StartLimitIntervalSec", interval],
    ["StartLimitBurst", String(maxRestarts + 1)],
  ];
}

function seconds(ms: number): string {
  return String(ms / 1000);
}

/** Variables of the terminal session that a service was started from, which mean nothing at boot. */
const OF_SESSION = new Set(
  `_ COLUMNS DBUS_SESSION_BUS_ADDRESS DISPLAY INVOCATION_ID JOURNAL_STREAM LINES LS_COLORS OLDPWD PWD
  SHLVL TERM TERM_PROGRAM TETRA_TSM_COOKIE WAYLAND_DISPLAY WINDOWID XAUTHORITY`.split(/\s+/),
);

function isOfSession(name: string): boolean {
  return OF_SESSION.has(name) || /^(SSH_|XDG_SESSION_|SUDO_)/.test(name);
}

/** What the original masks. Whoever may speak to systemd can read `Environment=`. */
function isSecret(name: string): boolean {
  return /PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL/i.test(name);
}

/** In a file, `$` and `%` have no meaning; lines may be continued within the quotes. */
function environmentLine([name, value]: readonly [string, string]): string {
  const escaped = value.replace(/[\\"$`]/g, String.raw`\$&`);
  return `${name}="${escaped}"\n`;
}
