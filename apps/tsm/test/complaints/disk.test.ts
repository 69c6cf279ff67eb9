import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Supervised, supervised, until } from "./supervised.ts";

const MEBI = 1024 ** 2;

it("logs are rotated by default, while the service writes, and no line is lost or doubled", async () => {
  const box = supervised();
  writeFileSync(join(box.work, "write.sh"), "seq 1600000; exec sleep 7701\n");
  await box.startDaemon();
  await box.ok("start", "--name", "loud", "--port", "20800", "sh", "write.sh");
  await until(() => {
    const names = readdirSync(box.fileOf("loud-20800", "logs"));
    return names.some((name) => /^out\..*\.log/.test(name)) || `there are ${names.join(" ")}`;
  });
  const { stdout } = await box.shell(
    "tsm logs loud-20800 -n 5000000 --stream out | grep -E '^[0-9]+$' | cksum; seq 1600000 | cksum",
  );
  const [read, written] = stdout.trim().split("\n");

  expect(read).toBe(written);
});

it("all archives together have a cap: the oldest go first, whoever's they are", async () => {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  await box.ok("start", "--name", "a", "--port", "20801", "sleep", "7702");
  await box.ok("start", "--name", "b", "--port", "20802", "sleep", "7703");
  const archive = (name: string, day: string): string => {
    const folder = box.fileOf(name, "logs");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `out.000000000000000-000000000001000.202601${day}T000000Z.log.gz`);
    writeFileSync(path, "");
    truncateSync(path, 600 * MEBI); // holes: it takes up no room
    return path;
  };
  const paths = [archive("a-20801", "01"), archive("b-20802", "02")];
  const there = (): readonly boolean[] =>
    paths.map((path) => readdirSync(join(path, "..")).includes(path.split("/").at(-1) ?? ""));
  expect(there()).toEqual([true, true]);
  await box.startDaemon();
  await until(() => there().includes(false));

  expect(there()).toEqual([false, true]);
});

const canUnshare = spawnSync("unshare", ["-m", "true"]).status === 0;

/** Starts a service where 2 of 64 MiB are free, and then runs a shell text. @returns what that said */
async function onFullDisk(box: Supervised, script: string): Promise<string> {
  const { stdout } = await box.shell(
    `unshare -m sh -c '
       mount -t tmpfs -o size=64M none "$TETRA_DIR" && mkdir -m 700 "$XDG_RUNTIME_DIR" && cd "$TETRA_DIR" &&
       head -c 62M /dev/zero >filling &&
       "$NODE" "$TSM" start --name web --port 20803 sleep 7704 && { ${script}; }'`,
  );
  return stdout;
}

it.skipIf(!canUnshare)(
  "the doctor warns of a disk that is nearly full (where root may unshare mounts)",
  async () => {
    const told = await onFullDisk(supervised(), '"$NODE" "$TSM" doctor');

    expect(told).toMatch(/WARN.* 2 MiB of 64 MiB are free/);
  },
);

it.skipIf(!canUnshare)(
  "the daemon warns of a disk that is nearly full in its log (where root may unshare mounts)",
  async () => {
    const told = await onFullDisk(
      supervised(),
      `log=tsm/runtime/daemon/tetrad.log
       for _ in $(seq 120); do grep -q free "$log" && break; sleep 0.1; done; cat "$log"`,
    );

    expect(told).toMatch(/^\d{4}-\S+Z .*free/m);
  },
);
