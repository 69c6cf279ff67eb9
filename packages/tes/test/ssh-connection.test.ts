import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryHandleCache, probe } from "../src/index.ts";
import { knownHost, SSHD_MISSING, TOOLS_REQUIRED } from "./support/sshd.ts";
import { type SshWorld, sshWorld } from "./support/ssh-world.ts";
import { type TcpProxy, tcpProxy } from "./support/tcp-proxy.ts";

describe.skipIf(SSHD_MISSING !== undefined && !TOOLS_REQUIRED)(
  "connecting by ssh (needs openssh-server)",
  () => {
    let world: SshWorld;
    let silent: TcpProxy;

    beforeAll(async () => {
      silent = await tcpProxy("nowhere");
      world = await sshWorld({
        hosts: ({ port }, folder) => [
          { name: "again", port },
          { name: "silent", port: silent.port },
          { name: "stranger", port, key: folder.strangerKey },
          { name: "nokey", port, key: "none" },
          { name: "unknown", port, lines: ["UserKnownHostsFile /dev/null"] },
          {
            name: "careless",
            port,
            lines: ["UserKnownHostsFile /dev/null", "StrictHostKeyChecking no"],
          },
          { name: "changed", port, lines: [`UserKnownHostsFile ${folder.path}/changed`] },
          { name: "nohost", port: 22, hostName: "no-such-host.invalid" },
          { name: "refused", port: 1 },
          {
            name: "behind",
            port,
            lines: [`ProxyJump gate`],
          },
          { name: "gate", port },
          { name: "behind-nothing", port: 1, lines: ["ProxyJump gate"] },
        ],
        known: () => [],
      });
      const { folder, sshd } = world;
      const other = readFileSync(`${folder.strangerKey}.pub`, "utf8").split(" ");
      const [type = "", blob = ""] = other;
      writeFileSync(
        join(folder.path, "changed"),
        `${knownHost({ port: sshd.port, hostKey: `${type} ${blob}` })}\n`,
      );
    });

    afterAll(async () => {
      await world.close();
      await silent.close();
    });

    it.each([
      ["stranger", "AUTH_REFUSED", "@t: execute: "],
      ["unknown", "HOST_KEY_UNKNOWN", "the host's key is in no known_hosts"],
      ["careless", "HOST_KEY_UNKNOWN", "the host's key is in no known_hosts"],
      ["changed", "HOST_KEY_CHANGED", "another key than known_hosts has"],
      ["nohost", "HOST_NOT_FOUND", "no-such-host.invalid"],
      ["refused", "CONNECTION_REFUSED", "Connection refused"],
      ["behind-nothing", "JUMP_FAILED", "did not let the connection through"],
    ])("says what is wrong with the host %s: %s, shared or not", async (host, code, message) => {
      const shared = await world.errorOf(world.command(host, "true"));
      const alone = await world.errorOf(world.command(host, "true"), { keepOpenSeconds: 0 });

      expect([shared.code, alone.code]).toEqual([code, code]);
      expect(shared.message).toContain(message);
      expect(shared.hint).toMatch(/./u);
    });

    it.each([
      ["that is absent", "nonexistent", "is not there"],
      ["that is open to others", "open", "can be read by others"],
      ["that is no key", "garbage", "Load key"],
    ])("says that the identity file is one %s", async (_, name, message) => {
      const { path } = world.folder;
      writeFileSync(join(path, "open"), readFileSync(world.folder.key), { mode: 0o644 });
      writeFileSync(join(path, "garbage"), "no key\n", { mode: 0o600 });
      const error = await world.errorOf(
        world.plan(
          "nokey",
          { operation: "execute", command: ["true"] },
          { identityFile: join(path, name) },
        ),
      );

      expect(error.code).toBe("IDENTITY_UNUSABLE");
      expect(error.message).toContain(message);
    });

    it("gives up on a host that does not answer", async () => {
      const what = world.command("silent", "true");

      expect((await world.errorOf(what, { connectTimeoutMs: 300 })).code).toBe("CONNECT_TIMEOUT");
      expect((await world.errorOf(what, { connectTimeoutMs: 300, keepOpenSeconds: 0 })).code).toBe(
        "CONNECT_TIMEOUT",
      );
    });

    it("gives up connecting when the caller does", async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const running = world.errorOf(world.command("silent", "true"), { signal });
      await silent.connected();
      controller.abort();

      expect((await running).code).toBe("ABORTED");
    });

    it("says that ssh is missing", async () => {
      const error = await world.errorOf(world.command("good", "true"), {
        env: { PATH: "/nonexistent" },
        controlFolder: join(world.folder.path, "c2"),
      });

      expect(error).toMatchObject({
        code: "TOOL_MISSING",
        message: "ssh cannot be started (ENOENT)",
      });
    });

    it("pays for one handshake only", async () => {
      const first = await world.run(world.command("again", "true"));
      const second = await world.run(world.command("again", "true"));

      expect(first.connectMs).toBeGreaterThan(0);
      expect(second.connectMs).toBeUndefined();
    });

    it("connects once when many commands start at once", async () => {
      const all = await Promise.all(
        Array.from({ length: 5 }, (_, at) =>
          world.run(
            world.plan(
              "good",
              { operation: "execute", command: ["echo", `${at}`] },
              { jump: "gate" },
            ),
          ),
        ),
      );

      expect(all.map(({ exitStatus }) => exitStatus)).toEqual([0, 0, 0, 0, 0]);
    });

    it("works without sharing", async () => {
      const what = world.command("again", "true");

      expect(await world.run(what, { keepOpenSeconds: 0 })).toMatchObject({ exitStatus: 0 });
    });

    it("does not share where the folder is not private, or too long", async () => {
      const what = world.command("good", "true");
      const long = join(world.folder.path, "x".repeat(80));
      const first = await world.run(what, { controlFolder: long });
      const open = await world.run(what, { controlFolder: "/tmp" });

      expect([first.connectMs, open.connectMs]).toEqual([undefined, undefined]);
    });

    it("goes through jump hosts, of the configuration and of its own", async () => {
      const configured = await world.run(world.command("behind", "echo", "hello"));
      const own = await world.run(
        world.plan("good", { operation: "execute", command: ["echo", "hi"] }, { jump: "gate" }),
      );

      expect([configured.exitStatus, own.exitStatus]).toEqual([0, 0]);
    });

    it("measures a handle, and remembers that for the stated time", async () => {
      const { handle } = world.command("good", "true").binding.locator;
      const cache = memoryHandleCache();
      let nowMs = 1000;
      const options = { ...world.connection, cache, now: () => nowMs, lifeMs: 50 };
      const first = await probe(handle, options);
      nowMs = 1049;
      const second = await probe(handle, options);
      nowMs = 1050;
      const third = await probe(handle, options);

      expect(first.test.latencyMs).toBeGreaterThan(0);
      expect([first, second, third].map(({ test }) => test.atMs)).toEqual([1000, 1000, 1050]);
    });
  },
);
