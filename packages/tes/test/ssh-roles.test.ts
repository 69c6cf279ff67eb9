import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probe } from "../src/index.ts";
import { SSHD_MISSING, TOOLS_REQUIRED, USER } from "./support/sshd.ts";
import { type SshWorld, sshWorld, text } from "./support/ssh-world.ts";

// notes how it was called, then does what sudo -n -H -u USER -- would, without becoming anybody
const RECORDING_SUDO = `#!/bin/sh
printf '%s\\n' "$1 $2 $3 $4 $5" >>"$SUDO_LOG"
[ "$4" = denied ] && { echo "sudo: a password is required" >&2; exit 1; }
shift 5; HOME=$WORK_HOME; export HOME; exec "$@"
`;
const isRoot = process.getuid?.() === 0;
const hasSudo = isRoot && existsSync("/usr/bin/sudo");
const skipped = SSHD_MISSING !== undefined && !TOOLS_REQUIRED;

describe.skipIf(skipped)("two roles over ssh (needs openssh-server)", () => {
  let world: SshWorld;
  let own: string;
  const workHome = (): string => join(own, "work");
  const roles = { authUser: USER, workUser: "app" };

  beforeAll(async () => {
    own = mkdtempSync(join(tmpdir(), "tes-sudo-"));
    mkdirSync(workHome());
    writeFileSync(join(own, "sudo"), RECORDING_SUDO);
    chmodSync(join(own, "sudo"), 0o755);
    world = await sshWorld({
      env: {
        PATH: `${own}:/usr/local/bin:/usr/bin:/bin`,
        SUDO_LOG: join(own, "log"),
        WORK_HOME: workHome(),
      },
    });
  });
  afterAll(async () => {
    await world.close();
    rmSync(own, { recursive: true, force: true });
  });

  it("does the whole of a write as the work user, whose home ~ is", async () => {
    await world.run(world.plan("good", { operation: "write", path: "~/it's" }, roles), {
      content: "x",
    });

    expect(readFileSync(join(workHome(), "it's"), "utf8")).toBe("x");
    expect(readFileSync(join(own, "log"), "utf8")).toBe("-n -H -u app --\n");
  });

  it("passes words through two shells as they are", async () => {
    const word = `a 'b' "c" $HOME \\ \n*`;
    const what = world.plan(
      "good",
      { operation: "execute", command: ["printf", "%s", word] },
      roles,
    );

    expect(text((await world.run(what)).stdout)).toBe(word);
  });

  it.each([
    { operation: "read", path: "x" },
    { operation: "execute", command: ["id"] },
  ] as const)("says that sudo refused: %j", async (doing) => {
    const denied = { authUser: USER, workUser: "denied" };

    expect(await world.errorOf(world.plan("good", doing, denied))).toMatchObject({
      code: "SUDO_REFUSED",
      message: expect.stringContaining("sudo: a password is required"),
    });
  });

  it("tests the work user too", async () => {
    const doing = { operation: "read", path: "x" } as const;
    const { handle } = world.plan("good", doing, { ...roles, workUser: "denied" }).binding.locator;

    await expect(probe(handle, world.connection)).rejects.toThrow(
      expect.objectContaining({ code: "SUDO_REFUSED" }),
    );
  });
});

describe.skipIf(skipped || !hasSudo)("the real sudo over ssh (as root, with sudo)", () => {
  let world: SshWorld;

  beforeAll(async () => {
    world = await sshWorld();
    chmodSync(world.folder.path, 0o711);
    chmodSync(world.far, 0o777);
  });
  afterAll(() => world.close());

  it("writes as the work user", async () => {
    const path = join(world.far, "of-nobody");
    const roles = { authUser: "root", workUser: "nobody" };
    await world.run(world.plan("good", { operation: "write", path }, roles), { content: "x" });

    expect(statSync(path).uid).toBe(65_534);
  });

  it("may not do what the work user may not", async () => {
    const path = join(world.folder.home, "x");
    const roles = { authUser: "root", workUser: "nobody" };

    expect(
      (await world.errorOf(world.plan("good", { operation: "write", path }, roles))).code,
    ).toBe("PATH_DENIED");
  });

  it("refuses who is nobody there", async () => {
    const roles = { authUser: "root", workUser: "no-such-user" };

    expect(
      (await world.errorOf(world.plan("good", { operation: "read", path: "/etc/passwd" }, roles)))
        .code,
    ).toBe("SUDO_REFUSED");
  });
});
