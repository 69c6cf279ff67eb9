import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freePort, type Sandbox, sandbox } from "./tsm.ts";

const FIXTURES = join(import.meta.dirname, "../../../packages/tsm/test/fixtures/import");

function write({ work }: Sandbox, name: string, text: string): void {
  writeFileSync(join(work, name), text);
}

describe("definitions that are kept", () => {
  it("are saved with all arguments, enabled, started, and shown", async () => {
    const box = sandbox();
    const port = await freePort();
    const file = join(box.root, "tsm/services-available/echoer.tsm");

    const saved = await box.ok(
      "save",
      "--port",
      String(port),
      "echoer",
      "sh",
      "-c",
      'echo "$0"; exec sleep 60',
      "it's here",
    );
    const enabled = await box.ok("enable", "echoer");
    const again = await box.ok("enable", "echoer");
    const started = await box.ok("start", "echoer");
    const whileItRuns = await box.ok("start", "echoer");

    expect(whileItRuns).toContain(`Process 'echoer-${port}' already running\n`);
    expect(saved).toContain(`✅ Saved service definition: ${file}\n`);
    expect(enabled).toBe("✅ Enabled service: echoer\n");
    expect(again).toBe("⚠️  Service already enabled: echoer\n");
    expect(started).toContain(`✅ Started: echoer-${port} (TSM ID: 0`);
    expect(await box.ok("services")).toBe(
      `echoer  enabled  sh -c echo "$0"; exec sleep 60 it's here  :${port}\n`,
    );
    expect(await box.ok("show", "echoer")).toContain("  status: enabled\n");
    expect(await box.ok("disable", "echoer")).toBe("✅ Disabled service: echoer\n");
    expect(await box.ok("disable", "echoer")).toBe("⚠️  Service not enabled: echoer\n");
    expect(await box.ok("services", "--enabled")).toBe("No services found.\n");
    const history = readFileSync(join(box.root, "tsm/runtime/history.ndjson"), "utf8");
    expect(history.match(/"event":"(?:saved|enabled|disabled)"/g)).toHaveLength(3);
  });

  it("are saved from what runs, under the name before the dash", async () => {
    const box = sandbox();
    await box.ok(
      "start",
      "--name",
      "shop-front",
      "--port",
      "none",
      "--restart",
      "always",
      "sleep",
      "60",
    );

    await box.ok("save", "0");
    await box.ok("save", "0", "copy");

    expect(await box.json("services")).toMatchObject({
      services: [
        { address: "copy", definition: { command: "sleep 60", cwd: box.work, restart: "always" } },
        { address: "shop", enabled: false },
      ],
    });
  });

  it("are not replaced without a word", async () => {
    const box = sandbox();
    await box.ok("save", "web", "sleep", "1");

    const refused = await box.tsm("save", "web", "sleep", "2");
    const forced = await box.tsm("save", "--force", "web", "sleep", "3");

    expect([refused.exitCode, forced.exitCode]).toEqual([1, 0]);
    expect(refused.stderr).toContain("web is defined already");
    expect(await box.ok("services")).toContain("sleep 3");
  });

  it.each([
    [["enable", "nothing"], 1, "❌ Service not found: nothing\n"],
    [["disable", "nothing"], 1, "❌ Service not found: nothing\n"],
    [["show", "nothing"], 1, "❌ Service not found: nothing\n"],
    [["services", "--nonsense"], 64, "tsm: unknown option '--nonsense'\n"],
    [["enable"], 64, "tsm: name required\n"],
    [["up"], 66, "there is no tsm.yaml in"],
    [["import", "gone.yaml"], 65, "there is no such file"],
  ])("%j ends with %i", async (words, status, message) => {
    const { exitCode, stderr } = await sandbox().tsm(...words);

    expect([exitCode, stderr]).toEqual([status, expect.stringContaining(message)]);
  });

  it("are listed although one of them cannot be read", async () => {
    const box = sandbox();
    await box.ok("save", "web", "sleep", "60");
    const folder = join(box.root, "tsm/services-available/folder.tsm");
    mkdirSync(folder);

    expect(await box.json("services")).toMatchObject({
      services: [
        { name: "folder", problem: `${folder}: cannot be read: it is a folder` },
        { name: "web" },
      ],
    });
    expect(await box.tsm("show", "folder")).toMatchObject({ exitCode: 65 });
  });

  it("are edited whole or not at all", async () => {
    const box = sandbox();
    await box.ok("save", "web", "sleep", "60");
    const editor = (script: string): string => {
      const path = join(box.root, "editor");
      writeFileSync(path, `#!/bin/sh\n${script}\n`);
      chmodSync(path, 0o700);
      return path;
    };
    const file = join(box.root, "tsm/services-available/web.tsm");
    const before = readFileSync(file, "utf8");

    box.env["VISUAL"] = `'${editor('echo "TSM_PORT=\\$(id)" >>"$1"')}'`;
    const broken = await box.tsm("edit", "web");
    expect([broken.exitCode, readFileSync(file, "utf8")]).toEqual([65, before]);
    expect(broken.stderr).toMatch(/nothing was changed; what you wrote is in .*web\.tsm/);

    box.env["EDITOR"] = `'${editor('echo TSM_PORT=8080 >>"$1"')}'`;
    box.env["VISUAL"] = ""; // as good as not set
    expect(await box.ok("edit", "web")).toBe(`✅ Changed: ${file}\n`);
    expect(await box.ok("services")).toContain(":8080");
  });

  it("belong to organisations", async () => {
    const box = sandbox();
    await box.ok("save", "--org", "acme", "web", "sleep", "60");
    await box.ok("save", "--org", "umbrella", "web", "sleep", "60");

    const { exitCode, stderr } = await box.tsm("enable", "web");

    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining("web is defined by acme/web, umbrella/web"),
    ]);
    expect(await box.ok("enable", "acme/web")).toBe("✅ Enabled service: acme/web\n");
    const none = { enabled: 0, running: 0 };
    expect(await box.json("orgs")).toEqual({
      orgs: [
        { name: "acme", defined: 1, ...none, enabled: 1 },
        { name: "tetra", defined: 0, ...none },
        { name: "umbrella", defined: 1, ...none },
      ],
    });
    expect(await box.ok("orgs")).toMatch(/^Org +Defined +Enabled +Running\nacme +1 +1 +0\n/);
    await box.ok("rm", "umbrella/web");
    expect(await box.ok("services")).toBe("acme/web  enabled  sleep 60\n");
  });

  it("say what is odd about them when they are started", async () => {
    const box = sandbox();
    await box.ok("save", "web", "sleep", "60");
    await box.ok("save", "--org", "acme", "web", "sleep", "60");

    const { exitCode, stderr } = await box.tsm("start", "web");

    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: "⚠️  web is also defined by acme/web\n",
    });
    expect(await box.tsm("start", "--dry-run", "acme/web")).toMatchObject({ stderr: "" });
  });
});

describe("a file of services", () => {
  it("is brought up, compared, followed, and taken down", async () => {
    const box = sandbox();
    write(
      box,
      "tsm.yaml",
      "services:\n  db: { command: sleep 60 }\n  api: { command: sleep 60, depends_on: [db] }\n",
    );

    const up = await box.ok("up");
    const same = await box.tsm("diff");
    write(box, "tsm.yaml", "services:\n  db: { command: sleep 61 }\n");
    const differs = await box.tsm("diff");
    const changed = await box.ok("up");
    const down = await box.ok("down");

    expect(up.split("\n").map((line) => line.replace(/PID: \d+/, "PID: n"))).toEqual([
      "✅ Started: db (TSM ID: 0, PID: n)",
      "✅ Started: api (TSM ID: 1, PID: n)",
      "2 started",
      "",
    ]);
    expect([same.exitCode, same.stdout]).toEqual([0, "what runs is as the file says\n"]);
    expect([differs.exitCode, differs.stdout]).toEqual([
      1,
      "- stop api (no longer defined)\n~ restart db (it was changed)\n    command: sleep 60 -> sleep 61\n",
    ]);
    expect(changed).toContain("1 stopped, 1 restarted\n");
    expect(down).toBe("tsm: stopped 'db'\n1 stopped\n");
  });

  it("says what failed, and why, and what runs all the same", async () => {
    const box = sandbox();
    write(
      box,
      "tsm.yaml",
      `services:
  db: { command: "echo no space left >&2; exit 3" }
  api: { command: sleep 60, depends_on: [db] }
  mail: { command: sleep 60 }
`,
    );

    const { exitCode, stdout, stderr } = await box.tsm("up");

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✅ Started: mail .*\n1 failed, 1 started, 1 skipped\n$/);
    expect(stderr).toContain("⚠️  Not started: api (db failed)");
    expect(stderr).toContain("no space left");
  });

  it("is refused with the place and the nearest word", async () => {
    const box = sandbox();
    write(box, "tsm.yaml", "services:\n  api:\n    comand: x\n");

    const { exitCode, stderr } = await box.tsm("up");

    expect([exitCode, stderr]).toEqual([
      65,
      expect.stringContaining(
        `${box.work}/tsm.yaml:3:5: services.api: there is no key "comand": did you mean command?`,
      ),
    ]);
  });

  it("says which service could not be started, and which file is not there", async () => {
    const box = sandbox();
    write(box, "tsm.yaml", "services:\n  mail: { command: no-such-program-here }\n");

    const { exitCode, stderr } = await box.tsm("up");
    const nowhere = await box.tsm("up", "./nowhere.yaml");

    expect(exitCode).toBe(1);
    expect(stderr).toContain("❌ Failed to start: mail\ntsm: 'no-such-program-here' not found");
    expect(nowhere).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining(`there is no ${box.work}/nowhere.yaml`),
    });
  });

  it("can be made of what pm2 was told", async () => {
    const box = sandbox();
    cpSync(join(FIXTURES, "ecosystem.config.cjs"), join(box.work, "ecosystem.config.cjs"));

    const report = await box.ok("import");
    const refused = await box.tsm("import");
    const printed = await box.ok("import", join(FIXTURES, "Procfile"), "-o", "-");

    expect(report).toContain("ecosystem.config.cjs was executed, to know what it exports\n");
    expect(report).toMatch(/3 services: \d+ fields carried over, \d+ changed, \d+ dropped\n/);
    expect(refused.exitCode).toBe(1);
    expect(printed).toMatch(/^# imported from .*Procfile\n\nservices:\n {2}web:\n/);
    expect((await box.tsm("diff")).stdout).toContain("+ start worker (it is new)");
  });
});
