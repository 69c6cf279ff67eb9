import { DAEMON_NODE_FLAGS } from "../supervisor/daemon-node-flags.ts";
import { quoteCommand, quoteLine, quoteWord, unitText } from "./unit-text.ts";

const UNITS = { production: "tetra.service", dev: "tetra-dev.service" } as const;

/** Which of the two daemons of a machine: each has a unit and a `TETRA_DIR` of its own. */
export type DaemonFlavour = keyof typeof UNITS;

/** The flavours that a command line may name, with an `@` in front. */
export const DAEMON_FLAVOURS: readonly DaemonFlavour[] = ["production", "dev"];

/** Whose systemd a unit is for: the user's own, or that of the machine. */
export type UnitScope = "user" | "system";

/** The name of the daemon's unit, as the original tools have it. */
export function daemonUnitName(flavour: DaemonFlavour): string {
  return UNITS[flavour];
}

/** What the daemon's unit says. */
export interface DaemonUnit {
  readonly scope: UnitScope;
  readonly flavour: DaemonFlavour;
  /** The absolute path of this Node. */
  readonly node: string;
  /** The absolute path of the daemon's program. */
  readonly tetrad: string;
  readonly tetraDir: string;
  /** The `PATH` that services may be looked up on. */
  readonly path: string;
  /** Who runs it; of the machine's systemd only. */
  readonly user?: string;
}

/**
 * The unit of `tetrad`. Services are not of its making and outlive it: only the daemon's own process is
 * ended (`KillMode=process`), and their control groups are left alone (`Delegate`).
 * @throws TetraError `UNIT_TEXT`
 */
export function daemonUnitText(unit: DaemonUnit): string {
  const { scope, flavour, node, tetrad, tetraDir, path, user } = unit;
  const isSystem = scope === "system";
  const where = quoteLine(tetraDir);
  return unitText("Written by tsm daemon install, which writes it again.", [
    {
      heading: "Unit",
      settings: [
        ["Description", `Tetra looks after the services of ${where} (${flavour})`],
        ...(isSystem ? ([["After", "network.target"]] as const) : []),
        ["RequiresMountsFor", quoteWord(tetraDir)],
        ["StartLimitIntervalSec", "0"],
      ],
    },
    {
      heading: "Service",
      settings: [
        ["Type", "exec"],
        ["ExecStart", quoteCommand([node, ...DAEMON_NODE_FLAGS, tetrad, "run"])],
        ...(user === undefined ? [] : ([["User", quoteLine(user)]] as const)),
        ["Environment", quoteWord(`TETRA_DIR=${tetraDir}`)],
        ["Environment", quoteWord(`PATH=${path}`)],
        ["UMask", "0077"],
        ["Restart", "on-failure"],
        ["RestartSec", "2"],
        ["KillMode", "process"],
        ["Delegate", "yes"],
        ["TimeoutStopSec", "15"],
      ],
    },
    {
      heading: "Install",
      settings: [["WantedBy", isSystem ? "multi-user.target" : "default.target"]],
    },
  ]);
}

/** Whether an installed unit is for the daemon of a data root. */
export function isUnitOf(text: string, tetraDir: string): boolean {
  return text.split("\n").includes(`Environment=${quoteWord(`TETRA_DIR=${tetraDir}`)}`);
}

/** What an installed unit runs: the words of its `ExecStart`, for whoever checks that they still exist. */
export function executedBy(text: string): readonly string[] {
  const [, line = ""] = /^ExecStart=(.*)$/m.exec(text) ?? [];
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = ""]) =>
    word.replace(/\\(.)/g, "$1").replaceAll("%%", "%").replaceAll("$$", "$"),
  );
}
