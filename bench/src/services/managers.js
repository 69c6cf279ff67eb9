import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Wanted
 * @property {string} name of the service
 * @property {readonly string[]} argv its command
 */

/**
 * @typedef {object} Manager
 * @property {string} name of the program
 * @property {(wanted: Wanted) => readonly string[]} startArgv what starts one service that is started again without a wait
 * @property {(wanted: readonly Wanted[]) => readonly string[]} startAllArgv what starts them all from one file, which this writes
 * @property {() => readonly string[]} listArgv what lists all services
 * @property {(name: string) => readonly string[]} [followArgv] what prints a service's output as it comes
 * @property {(name: string) => readonly string[]} [everythingArgv] what prints all that is kept of a service's output
 * @property {(name: string) => readonly string[]} stopArgv what stops one service
 * @property {() => readonly string[]} stopAllArgv what stops them all
 * @property {NodeJS.ProcessEnv} environment what all of these want to be run with
 * @property {boolean} adopts whether a new daemon takes over the services of one that died
 * @property {(argv: readonly string[]) => string} run runs one of these and returns what it printed; throws that when it failed
 * @property {(argv: readonly string[]) => Promise<number>} runLater the same while others run; its status
 * @property {() => readonly number[]} daemonPids whoever has to live for services to be watched
 * @property {() => readonly number[]} shimPids further processes of the manager, one for each service
 * @property {(name: string) => number | undefined} exitStatusOf what it knows of how a service ended
 * @property {() => void} saveForLater what a user does so that all comes back
 * @property {() => void} startDaemon returns when it answers
 * @property {() => void} stopDaemon and every service
 */

const ENV = { ...process.env, NO_COLOR: "1" };

/**
 * @param {string} program
 * @param {Record<string, string>} variables
 * @param {readonly (number | null)[]} good statuses of success
 * @returns {Pick<Manager, "run" | "runLater" | "environment">}
 */
function runner(program, variables, good = [0]) {
  const env = { ...ENV, ...variables };
  return {
    environment: env,
    run(argv) {
      const { status, stdout, stderr, error } = spawnSync(argv[0] ?? "", argv.slice(1), {
        env,
        encoding: "utf8",
      });
      if (error !== undefined) throw error;
      if (!good.includes(status))
        throw new Error(`${program} ${argv.join(" ")}: ${stdout}${stderr}`);
      return stdout;
    },
    async runLater(argv) {
      const child = spawn(argv[0] ?? "", argv.slice(1), { env, stdio: "ignore" });
      const [status] = await once(child, "exit");
      return status;
    },
  };
}

/**
 * Processes whose environment has this entry, or whose command line says this: the manager's own and its services.
 * @param {(process: { pid: number, argv: readonly string[], environment: string }) => boolean} isMeant
 */
export function processesThat(isMeant) {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        return isMeant({ pid, argv, environment });
      } catch {
        return false; // it ended, or is not ours
      }
    });
}

/** @param {string} name */
function appPath(name) {
  const app = fileURLToPath(new URL(`../../../apps/${name}/`, import.meta.url));
  const { bin } = JSON.parse(readFileSync(join(app, "package.json"), "utf8"));
  return join(app, bin[name]);
}

/**
 * @param {string} folder
 * @returns {Manager}
 */
export function tsm(folder) {
  const cli = [process.execPath, appPath("tsm")];
  const daemon = [process.execPath, appPath("tetrad")];
  const file = join(folder, "tsm.yaml");
  const tools = runner("tsm", { TETRA_DIR: folder });
  /** @param {readonly string[]} args */
  const told = (args) => JSON.parse(tools.run([...cli, ...args, "--json"]));
  /** @param {{ environment: string }} process */
  const isOurs = ({ environment }) => environment.split("\0").includes(`TETRA_DIR=${folder}`);
  return {
    name: "tsm",
    adopts: true,
    ...tools,
    startArgv: ({ name, argv }) => [
      ...cli,
      "start",
      "--name",
      name,
      "--restart",
      "always",
      "--backoff",
      "0s",
      "--",
      ...argv,
    ],
    startAllArgv(wanted) {
      const services = Object.fromEntries(
        wanted.map(({ name, argv }) => [name, { command: argv, restart: "always", backoff: "0s" }]),
      );
      writeFileSync(file, JSON.stringify({ services }));
      return [...cli, "up", file];
    },
    listArgv: () => [...cli, "list"],
    followArgv: (name) => [...cli, "logs", name, "--follow", "--raw", "--lines", "0"],
    // as JSON, because headings are lines, too
    everythingArgv: (name) => [
      ...cli,
      "logs",
      name,
      "--json",
      "--stream",
      "out",
      "--lines",
      "100000000",
    ],
    stopArgv: (name) => [...cli, "stop", name],
    stopAllArgv: () => [...cli, "stop", "*"],
    daemonPids: () =>
      processesThat((one) => isOurs(one) && one.argv.some((word) => word.includes("tetrad"))),
    shimPids: () =>
      processesThat(({ argv, ...one }) => isOurs({ ...one }) && argv.includes("tsm-shim")),
    exitStatusOf(name) {
      /** @type {{ history: { event: string, code: number | null }[] }} */
      const { history } = told(["history", name]);
      return history.findLast(({ event }) => event === "ended")?.code ?? undefined;
    },
    saveForLater: () => {},
    startDaemon: () => void tools.run([...daemon, "start"]),
    stopDaemon() {
      tools.run([...cli, "delete", "*"]);
      tools.run([...daemon, "stop"]);
    },
  };
}

/**
 * @param {string} folder
 * @returns {Manager}
 */
export function pm2(folder) {
  const home = join(folder, "pm2");
  mkdirSync(home);
  const program = createRequire(import.meta.url).resolve("pm2/bin/pm2");
  const cli = [process.execPath, program];
  const file = join(folder, "ecosystem.config.json");
  const tools = runner("pm2", { PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: "true" });
  /** @param {Wanted} wanted */
  const app = ({ name, argv: [script = "", ...args] }) => ({
    name,
    script,
    args,
    interpreter: "none",
    autorestart: true,
    restart_delay: 0,
    max_restarts: 1_000_000,
  });
  return {
    name: "pm2",
    adopts: false,
    ...tools,
    startArgv(wanted) {
      const one = join(folder, `${wanted.name}.config.json`);
      writeFileSync(one, JSON.stringify({ apps: [app(wanted)] }));
      return [...cli, "start", one];
    },
    startAllArgv(wanted) {
      writeFileSync(file, JSON.stringify({ apps: wanted.map(app) }));
      return [...cli, "start", file];
    },
    listArgv: () => [...cli, "list"],
    stopArgv: (name) => [...cli, "stop", name],
    stopAllArgv: () => [...cli, "stop", "all"],
    daemonPids: () => {
      const path = join(home, "pm2.pid");
      return existsSync(path) ? [Number(readFileSync(path, "utf8"))] : [];
    },
    shimPids: () => [],
    exitStatusOf(name) {
      const text = tools.run([...cli, "jlist"]);
      /** @type {{ name: string, pm2_env: { exit_code?: number } }[]} */
      const all = JSON.parse(text.slice(text.indexOf("[{")));
      return all.find((one) => one.name === name)?.pm2_env.exit_code;
    },
    saveForLater: () => void tools.run([...cli, "save", "--force"]),
    startDaemon: () =>
      void tools.run([...cli, existsSync(join(home, "dump.pm2")) ? "resurrect" : "ping"]),
    stopDaemon: () => void tools.run([...cli, "kill"]),
  };
}

/** Whether the Debian package is installed. */
export const hasSupervisord = existsSync("/usr/bin/supervisord");

/**
 * Its services must all be in its configuration before it starts.
 * @param {string} folder
 * @returns {Manager}
 */
export function supervisord(folder) {
  const conf = join(folder, "supervisord.conf");
  const socket = join(folder, "supervisor.sock");
  const cli = ["supervisorctl", "-c", conf];
  // 3: one of those that were asked for does not run
  const tools = runner("supervisord", {}, [0, 3]);
  /** @type {Map<string, Wanted>} */
  const known = new Map();
  let isSaved = false;
  const head = [
    "[unix_http_server]",
    `file=${socket}`,
    "[supervisord]",
    `logfile=${folder}/supervisord.log`,
    `pidfile=${folder}/supervisord.pid`,
    `childlogdir=${folder}`,
    "[rpcinterface:supervisor]",
    "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    "[supervisorctl]",
    `serverurl=unix://${socket}`,
  ];
  /** @param {readonly Wanted[]} wanted */
  const learn = (wanted) => {
    const added = wanted.filter(({ name }) => !known.has(name));
    for (const one of added) known.set(one.name, one);
    if (added.length === 0) return;
    write();
    if (existsSync(socket)) tools.run([...cli, "update"]);
  };
  const write = () => {
    const programs = [...known.values()].flatMap(({ name, argv }) => [
      `[program:${name}]`,
      `command=${argv.map((word) => `"${word.replaceAll(/["%]/g, (sign) => (sign === "%" ? "%%" : '\\"'))}"`).join(" ")}`,
      `autostart=${isSaved}`,
      "autorestart=true",
      "startsecs=0",
      "startretries=1000000",
    ]);
    writeFileSync(conf, `${[...head, ...programs].join("\n")}\n`);
  };
  return {
    name: "supervisord",
    adopts: false,
    ...tools,
    startArgv(wanted) {
      learn([wanted]);
      return [...cli, "start", wanted.name];
    },
    startAllArgv(wanted) {
      learn(wanted);
      return [...cli, "start", ...wanted.map(({ name }) => name)];
    },
    listArgv: () => [...cli, "status"],
    stopArgv: (name) => [...cli, "stop", name],
    stopAllArgv: () => [...cli, "stop", "all"],
    daemonPids: () => {
      const path = join(folder, "supervisord.pid");
      return existsSync(path) ? [Number(readFileSync(path, "utf8"))] : [];
    },
    shimPids: () => [],
    exitStatusOf(name) {
      const text = tools.run([...cli, "status", name]);
      const status = /exit status (\d+)/.exec(text)?.[1];
      return status === undefined ? undefined : Number(status);
    },
    saveForLater() {
      isSaved = true;
      write();
    },
    startDaemon() {
      if (!existsSync(conf)) writeFileSync(conf, `${head.join("\n")}\n`);
      tools.run(["supervisord", "-c", conf]);
    },
    stopDaemon: () => void tools.run([...cli, "shutdown"]),
  };
}

/** @param {number} pid */
export function isRunning(pid) {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/**
 * Memory that no other process shares, in MB.
 * @param {number} pid
 */
export function privateMegabytes(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, number]) =>
    Number(number),
  );
  return kilobytes.reduce((sum, number) => sum + number, 0) / 1024;
}

/**
 * Processor time in milliseconds.
 * @param {number} pid
 */
export function cpuMillis(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [utime, stime] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(utime) + Number(stime)) * 10;
}

/**
 * How often all threads of a process went to sleep of their own will.
 * @param {number} pid
 */
export function wakeUps(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, "utf8"))
    .reduce(
      (sum, text) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text)?.[1] ?? 0),
      0,
    );
}

/** Where a process's standard output goes. @param {number} pid */
export function outputOf(pid) {
  return readlinkSync(`/proc/${pid}/fd/1`);
}
