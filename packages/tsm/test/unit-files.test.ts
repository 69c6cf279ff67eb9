import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  checkUnits,
  daemonUnitText,
  escapeUnitName,
  serviceUnit,
  serviceUnitName,
  systemPrograms,
  type UnitScope,
} from "../src/boot/index.ts";
import { type Meta, parseMeta } from "../src/files/meta.ts";
import { PATIENCE_MS, refusal, temporaryFolder } from "./temporary-services.ts";

const isMissing = (program: string): boolean =>
  spawnSync(program, ["--version"]).error !== undefined &&
  process.env["TETRA_REQUIRE_TOOLS"] !== "1";
const NO_ANALYZE = isMissing("systemd-analyze");
const NO_ESCAPE = isMissing("systemd-escape");
const MANAGER = "/lib/systemd/systemd";
const run = systemPrograms(process.env);

const metaOf = (name: string, more: object = {}): Meta =>
  parseMeta(JSON.stringify({ command: "run it", cwd: "/tmp", ...more }), name);

const AWKWARD = [
  "with space",
  "it's",
  'a "quote"',
  "100%",
  "%i%n",
  "$HOME",
  "${x}",
  "a$b$$",
  "back\\slash\\",
  ";",
  "#no comment",
  "",
  "ü→",
  "-x=y",
  "[Service]",
];

it.skipIf(NO_ANALYZE).each(["user", "system"] as const)(
  "the daemon's %s unit is one that systemd takes, in a folder of any name (needs systemd-analyze)",
  async (scope) => {
    const tetrad = join(temporaryFolder(), "tetrad.js");
    writeFileSync(tetrad, "");
    const text = daemonUnitText({
      scope,
      flavour: "production",
      node: process.execPath,
      tetrad,
      tetraDir: '/srv/it\'s a "100%" $HOME\\folder',
      path: "/usr/bin:/bin",
      ...(scope === "system" ? { user: "root" } : {}),
    });

    expect(text).toMatch(/^KillMode=process$/m);
    expect(text).toMatch(/^Delegate=yes$/m);
    expect(await checkUnits(run, scope, [{ name: "tetra.service", text }])).toBe("checked");
  },
  PATIENCE_MS,
);

it.skipIf(NO_ANALYZE)(
  "a unit that systemd would refuse, or ignore a part of, is refused with what it says (needs systemd-analyze)",
  async () => {
    const check = (text: string): Promise<unknown> =>
      checkUnits(run, "user", [{ name: "x.service", text }]);

    const [gone, unknown] = [
      await refusal(check("[Service]\nExecStart=/no/such/program\n")),
      await refusal(check("[Service]\nExecStart=/bin/true\nRestrat=always\n")),
    ];

    expect(gone.code).toBe("UNIT_REFUSED");
    expect(gone.message).toContain("/no/such/program");
    expect(unknown.message).toContain("Restrat");
  },
  PATIENCE_MS,
);

function unitOf(scope: UnitScope, name: string, argv: readonly string[], more: object = {}) {
  return serviceUnit({
    scope,
    argv,
    meta: metaOf(name, more),
    environment: {
      PATH: "/bin",
      GREETING: 'say "100%" $now \\',
      API_TOKEN: 'se"cr$et`',
      TERM: "xterm",
    },
    secretsFile: "/srv/tetra/secrets of web",
  });
}

it.skipIf(NO_ANALYZE)(
  "the units of services that depend on each other are ones that systemd takes (needs systemd-analyze)",
  async () => {
    const db = unitOf("system", "my db", ["/bin/sleep", "60"]);
    const web = unitOf("system", "web 100%", ["/bin/sh", "-c", ...AWKWARD], {
      restart_policy: {
        restart: "on-failure",
        maxRestarts: 5,
        backoffMs: 250,
        stableMs: 10_000,
        successCodes: [0, 3],
        successSignals: ["SIGTERM"],
      },
      stop_signal: "SIGINT",
      stop_timeout_ms: 1500,
      care: {
        dependsOn: [{ name: "my db", condition: "started" }],
        maxMemoryBytes: 300e6,
        user: "root",
      },
      prehook: 'export X="$Y"',
    });

    expect(web.text).toMatch(/^Requires=tsm-my\\x20db\.service$/m);
    expect(web.text).toMatch(/^SuccessExitStatus=3 SIGTERM$/m);
    expect(web.text).toMatch(/^RestartSec=0\.25$/m);
    expect(await checkUnits(run, "system", [db, web])).toBe("checked");
  },
  PATIENCE_MS,
);

it("what looks secret is not in the unit, which others may read, but in a file", () => {
  const { text, secrets } = unitOf("system", "web", ["/bin/true"]);

  expect(text).not.toContain("cr$et");
  expect(text).toContain("EnvironmentFile=/srv/tetra/secrets of web");
  expect(secrets).toEqual({
    path: "/srv/tetra/secrets of web",
    text: 'API_TOKEN="se\\"cr\\$et\\`"\n',
  });
  expect(text).not.toContain("xterm");
});

it.skipIf(NO_ESCAPE)(
  "names of units are escaped as systemd-escape does (needs systemd-escape)",
  () => {
    const names = [...AWKWARD.filter((name) => name !== ""), ".hidden", "a.b", "a/b-c", "x_1:2"];

    const { stdout } = spawnSync("systemd-escape", ["--", ...names], { encoding: "utf8" });

    expect(names.map(escapeUnitName).join(" ")).toBe(stdout.trim());
    expect(serviceUnitName("a b")).toBe("tsm-a\\x20b.service");
  },
);

/** What a systemd manager makes of `ExecStart=`: the line that it shows, as a vector. */
function understood(unit: string): { readonly argv: readonly string[]; readonly output: string } {
  const folder = temporaryFolder();
  const own = join(folder, "own");
  mkdirSync(own, { mode: 0o777 });
  chmodSync(own, 0o777);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "it.service"), unit, { mode: 0o644 });
  // as another user: a manager for root would be that of the machine
  const asRoot = process.getuid?.() === 0;
  const { stdout, stderr } = spawnSync(MANAGER, ["--test", "--user", "--unit=it.service"], {
    encoding: "utf8",
    ...(asRoot ? { uid: 65_534, gid: 65_534 } : {}),
    env: {
      PATH: "/usr/bin:/bin",
      HOME: own,
      XDG_RUNTIME_DIR: own,
      SYSTEMD_UNIT_PATH: `${folder}:/usr/lib/systemd/user`,
    },
  });
  const output = stdout + stderr;
  const [, line = ""] = /Unit it\.service:[^]*?Command Line: (.*)/.exec(output) ?? [];
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)];
  return {
    argv: words.map(([, quoted, plain = ""]) => quoted?.replace(/\\(.)/g, "$1") ?? plain),
    output,
  };
}

it.skipIf(isMissing(MANAGER))(
  "systemd reads exactly the arguments that were meant (needs systemd)",
  () => {
    const { text } = unitOf("user", "web", ["/bin/echo", ...AWKWARD]);

    const { argv } = understood(text);

    // variables are replaced when it is run: a doubled dollar sign is one
    expect(argv.map((word) => word.replaceAll("$$", "$"))).toEqual(["/bin/echo", ...AWKWARD]);
    expect(argv.every((word) => !word.replaceAll("$$", "").includes("$"))).toBe(true);
  },
  PATIENCE_MS,
);
