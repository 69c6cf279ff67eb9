import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, knownHost, SSHD_MISSING, TOOLS_REQUIRED } from "./support/sshd.ts";
import { type SshWorld, sshWorld, text } from "./support/ssh-world.ts";
import { type TcpProxy, tcpProxy } from "./support/tcp-proxy.ts";

/** A writable that gives its first line. */
function lineOf(stream: PassThrough): Promise<string> {
  return new Promise((resolve) => {
    let seen = "";
    stream.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes("\n")) resolve(seen.split("\n")[0] ?? "");
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** Waits for a process that was told to end: nobody here is its parent. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

describe.skipIf(SSHD_MISSING !== undefined && !TOOLS_REQUIRED)(
  "commands over ssh (needs openssh-server)",
  () => {
    let world: SshWorld;
    let proxy: TcpProxy;

    beforeAll(async () => {
      const port = await freePort();
      world = await sshWorld({
        hosts: () => [{ name: "cut", port }],
        known: ({ hostKey }) => [knownHost({ port, hostKey })],
      });
      proxy = await tcpProxy(world.sshd.port, port);
    });
    afterAll(async () => {
      await world.close();
      await proxy.close();
    });

    it("gives output, errors and status", async () => {
      const script = "echo out; echo err >&2; exit 7";
      const { stdout, stderr, exitStatus } = await world.run(
        world.command("good", "sh", "-c", script),
      );

      expect([text(stdout), text(stderr), exitStatus]).toEqual(["out\n", "err\n", 7]);
    });

    it("tells a command's own 255 from a failure of ssh", async () => {
      const what = world.command("good", "sh", "-c", "echo x >&2; exit 255");

      expect((await world.run(what)).exitStatus).toBe(255);
      expect((await world.run(what, { keepOpenSeconds: 0 })).exitStatus).toBe(255);
    });

    it("says which signal ended a command", async () => {
      const what = world.command("good", "sh", "-c", "kill -KILL $$");

      expect(await world.run(what)).toMatchObject({ exitStatus: 137, signal: "SIGKILL" });
    });

    it("passes every word as it is, those that shells know too", async () => {
      const words = ["a b", "'", "$HOME", "*", "\n", "", "-n", "if", "A=b", "ü"];
      const { stdout } = await world.run(world.command("good", "printf", "%s|", ...words));

      expect(text(stdout)).toBe(words.map((word) => `${word}|`).join(""));
      expect((await world.run(world.command("good", "A=b"))).exitStatus).toBe(127);
    });

    it("gives a command its content whole, and nothing else", async () => {
      const content = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 256));
      const what = world.plan("good", { operation: "execute", command: ["cat"], stdin: "content" });
      const { stdout } = await world.run(what, { content });
      const empty = await world.run(world.command("good", "cat"));

      expect(Buffer.from(stdout).equals(content)).toBe(true);
      expect(empty.stdout).toHaveLength(0);
    });

    it("runs it in the folder that is asked for, else at home", async () => {
      const there = world.plan("good", { operation: "execute", command: ["pwd"], path: world.far });

      expect(text((await world.run(there)).stdout).trim()).toBe(world.far);
      expect(text((await world.run(world.command("good", "pwd"))).stdout).trim()).toBe(
        world.folder.home,
      );
      const nowhere = world.plan("good", { operation: "execute", command: ["pwd"], path: "/none" });
      expect((await world.errorOf(nowhere)).code).toBe("PATH_NOT_FOUND");
    });

    it("carries a megabyte of output, kept or streamed", async () => {
      const what = world.command("good", "head", "-c", "1048576", "/dev/zero");
      const stream = new PassThrough();
      let streamed = 0;
      stream.on("data", (chunk: Buffer) => (streamed += chunk.length));
      const kept = await world.run(what);
      const passed = await world.run(what, { stdout: stream });

      expect([kept.stdout.length, streamed, passed.stdout.length]).toEqual([
        1_048_576, 1_048_576, 0,
      ]);
    });

    it("refuses to keep more than was agreed", async () => {
      const what = world.command("good", "head", "-c", "1000", "/dev/zero");

      expect((await world.errorOf(what, { maxOutputBytes: 999 })).code).toBe("OUTPUT_TOO_LARGE");
    });

    it("interrupts the process over there when the caller gives up", async () => {
      const stdout = new PassThrough();
      const controller = new AbortController();
      const what = world.command("good", "sh", "-c", "echo $$; exec sleep 1000");
      const running = world.errorOf(what, { stdout, signal: controller.signal });
      const pid = Number(await lineOf(stdout));
      controller.abort();

      expect((await running).code).toBe("ABORTED");
      await gone(pid);
    });

    it("interrupts it when its time is over, and kills it when it does not listen", async () => {
      const stdout = new PassThrough();
      const what = world.command(
        "good",
        "sh",
        "-c",
        "trap '' TERM; echo $$; sleep 1000; sleep 1000",
      );
      const running = world.errorOf(what, { stdout, timeoutMs: 200, graceMs: 10_000 });
      const pid = Number(await lineOf(stdout));

      expect((await running).code).toBe("TIMED_OUT");
      await gone(pid);
    });

    it("ends it over there when the connection breaks", async () => {
      const stdout = new PassThrough();
      const running = world.errorOf(world.command("cut", "sh", "-c", "echo $$; exec sleep 1000"), {
        stdout,
      });
      const pid = Number(await lineOf(stdout));
      proxy.cut();

      expect((await running).code).toBe("CONNECTION_LOST");
      await gone(pid);
    });

    it("does not begin when the caller has given up before", async () => {
      const flag = join(world.far, "flag");
      const what = world.command("good", "touch", flag);

      expect((await world.errorOf(what, { signal: AbortSignal.abort() })).code).toBe("ABORTED");
      expect(existsSync(flag)).toBe(false);
    });

    it("leaves running what a command started on purpose", async () => {
      const { stdout } = await world.run(
        world.command("good", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"),
      );
      const pid = Number(text(stdout));

      expect(isAlive(pid)).toBe(true);
      process.kill(pid);
    });
  },
);
