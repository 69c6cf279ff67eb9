import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { FarMachine } from "@tetra/test-sshd";
import { asWritten, standInPorts, withStandIns } from "./ports.ts";

/** Between the outputs of two commands: no program of ours sends it to a terminal. */
const MARK = "\u001E";
/** Not every program heeds NO_COLOR. */
// oxlint-disable-next-line eslint/no-control-regex -- what starts a colour is a control character
const COLOUR = /\u001B\[[\d;]*m/g;
const COLUMNS = 100;
const TIMEOUT_MS = 120_000;

/** Where commands are typed. */
export interface Surroundings {
  /** Folder where the programs of the documents are. */
  readonly bin: string;
  /** A machine that is there as `web1`, with the user `deploy`. */
  readonly far?: FarMachine | undefined;
}

/**
 * Types commands into one shell, on a terminal of 100 columns, in the empty home of somebody called
 * `you`, and returns what each printed. Services and their daemon are ended afterwards.
 */
export async function runCommands(
  commands: readonly string[],
  { bin, far }: Surroundings,
): Promise<readonly (readonly string[])[]> {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "transcript-")));
  const standIns = await standInPorts(commands);
  const home = join(place, "you");
  const env = {
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    HOME: home,
    USER: "you",
    TETRA_DIR: join(home, ".tetra"),
    TERM: "dumb",
    NO_COLOR: "1",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    ...far?.env,
  };
  try {
    mkdirSync(home);
    const file = join(place, "commands.sh");
    writeFileSync(file, sessionScript(commands.map((command) => withStandIns(command, standIns))));
    const { stdout } = spawnSync("script", ["-qec", `bash --norc '${file}'`, "/dev/null"], {
      cwd: home,
      env,
      stdio: ["ignore", "pipe", "inherit"],
      encoding: "utf8",
      timeout: TIMEOUT_MS,
    });
    return outputsIn(stdout).map((lines) =>
      anonymous(far === undefined ? lines : asDeploy(lines, far), home).map((line) =>
        asWritten(line, standIns),
      ),
    );
  } finally {
    endServices(bin, env);
    rmSync(place, { recursive: true });
  }
}

/** The daemon first: it would start them again. */
function endServices(bin: string, env: Readonly<Record<string, string>>): void {
  if (!existsSync(join(env["TETRA_DIR"] ?? "", "tsm"))) return;
  spawnSync(join(bin, "tetrad"), ["stop"], { env });
  spawnSync(join(bin, "tsm"), ["delete", "*", "--force"], { env });
}

function sessionScript(commands: readonly string[]): string {
  // the status is handed on, so that a command can ask for that of the one before
  const mark = `mark() { local status=$?; printf '${MARK}'; return $status; }`;
  const lines = commands.flatMap((command) => ["mark", command]);
  return [`stty cols ${COLUMNS}`, mark, ...lines, "mark", ""].join("\n");
}

/** The lines between the marks. */
function outputsIn(text: string): readonly (readonly string[])[] {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(COLOUR, "")
    .split(MARK)
    .slice(1, -1)
    .map((output) => (output === "" ? [] : output.replace(/\n$/, "").split("\n")));
}

function anonymous(lines: readonly string[], home: string): readonly string[] {
  return lines.map((line) =>
    line
      .replaceAll(home, "/home/you")
      .replaceAll(`"${userInfo().username}"`, '"you"')
      .replaceAll(` ${userInfo().username} via `, " you via ")
      .replaceAll(process.execPath, "/usr/bin/node")
      .replaceAll(`"${hostname()}"`, '"laptop"'),
  );
}

/** What a far machine of one's own would show. */
function asDeploy(lines: readonly string[], { home, sshConfig }: FarMachine): readonly string[] {
  const user = userInfo().username;
  return lines.map((line) =>
    line
      .replaceAll(sshConfig, "/home/you/.ssh/config")
      .replaceAll(home, "/home/deploy")
      .replaceAll(`${user}@web1`, "deploy@web1")
      .replaceAll(`${user}@127.0.0.1`, "deploy@127.0.0.1")
      .replaceAll(`workUser = ${user} `, "workUser = deploy ")
      .replaceAll(`by ${user}`, "by you"),
  );
}
