import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { processesOf, type Sandbox, sandbox } from "./tsm.ts";

const PATIENCE_MS = 60_000;

/** The daemons of a data root. */
function daemons({ root }: Sandbox): readonly number[] {
  return processesOf(root).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("tetrad.cjs\0run"),
  );
}

it(
  "the daemon is started once, says whom it looks after, and ends without touching services",
  async () => {
    const box = sandbox();
    await box.ok("start", "--port", "none", "--name", "web", "sleep", "infinity");

    expect(await box.ok("daemon", "start")).toMatch(/^tsm: tetrad started \(PID: \d+\)\n$/);
    const [pid] = daemons(box);
    expect(await box.ok("daemon", "start")).toBe(`tsm: tetrad runs already (PID: ${pid})\n`);
    expect(await box.ok("daemon", "status")).toMatch(
      /^tsm: tetrad has run for .+ \(PID: \d+\) and looks after 1\n$/,
    );
    expect(await box.json("daemon", "status")).toMatchObject({
      tetra_dir: box.root,
      pid,
      services: 1,
    });
    expect(await box.ok("daemon", "stop")).toBe(
      `tsm: tetrad stopped (PID: ${pid}); services run on\n`,
    );

    expect(daemons(box)).toEqual([]);
    expect(await box.json("list")).toMatchObject({ services: [{ status: "online" }] });
  },
  PATIENCE_MS,
);

it(
  "without a daemon, status and stop say so and fail",
  async () => {
    const box = sandbox();

    for (const what of ["status", "stop"]) {
      const { exitCode, stderr, stdout } = await box.tsm("daemon", what);
      expect([exitCode, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(`no daemon looks after ${box.root}`);
    }
  },
  PATIENCE_MS,
);

it(
  "a unit is no hindrance where systemd does not run it",
  async () => {
    const box = sandbox({ XDG_CONFIG_HOME: undefined });
    const config = join(box.root, "config");
    box.env["XDG_CONFIG_HOME"] = config;
    mkdirSync(join(config, "systemd/user"), { recursive: true });
    // of another data root: it is not ours to start, whether or not systemd runs here
    writeFileSync(
      join(config, "systemd/user/tetra.service"),
      '[Service]\nExecStart="/nowhere"\nEnvironment="TETRA_DIR=/elsewhere"\n',
    );

    await box.ok("daemon", "start");

    expect(daemons(box)).toHaveLength(1);
    expect(await box.ok("daemon", "stop")).toContain("services run on");
  },
  PATIENCE_MS,
);

it(
  "a start succeeds though its daemon cannot be started, and says why nobody looks after it",
  async () => {
    const box = sandbox({ TETRA_NO_DAEMON: undefined });
    mkdirSync(join(box.root, "tsm/runtime"), { recursive: true, mode: 0o700 });
    writeFileSync(join(box.root, "tsm/runtime/daemon"), "a file where its folder should be");

    const { exitCode, stderr } = await box.tsm("start", "--name", "web", "sleep", "infinity");

    expect(stderr).toContain("nothing restarts services");
    expect(exitCode).toBe(0);
  },
  PATIENCE_MS,
);
