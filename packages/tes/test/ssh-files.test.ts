import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileContent, pullFolder, pushFolder } from "../src/index.ts";
import { freePort, knownHost, SSHD_MISSING, TOOLS_REQUIRED } from "./support/sshd.ts";
import { type SshWorld, sshWorld, text } from "./support/ssh-world.ts";
import { type TcpProxy, tcpProxy } from "./support/tcp-proxy.ts";

const AWKWARD_NAMES = [
  "plain",
  "two words",
  "qu'ote",
  'dou"ble',
  "$HOME `id` $(id)",
  "back\\slash\\",
  "new\nline\n",
  "*?[a]{b,c}",
  "-rf",
  "~",
  "ünïcödé ☃",
  "\u0001\u007f\t",
  "#!;&|<>()",
  " lead",
  "trail ",
  "%s%n",
];
const PIECE = Buffer.alloc(65_536, "n");

/** What the far side has begun and not ended: its scripts clear away last. */
function temporaries(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => /^(?:\.tetra-|tmp\.)/u.test(name));
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe.skipIf(SSHD_MISSING !== undefined && !TOOLS_REQUIRED)(
  "files over ssh (needs openssh-server)",
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

    it("writes, reads, appends and deletes every byte", async () => {
      const path = join(world.far, "bytes");
      const content = Buffer.from(Array.from({ length: 1024 }, (_, at) => at % 256));
      await world.run(world.plan("good", { operation: "write", path }), { content });
      await world.run(world.plan("good", { operation: "append", path }), { content });
      const read = await world.run(world.plan("good", { operation: "read", path }));
      await world.run(world.plan("good", { operation: "delete", path }));

      expect(Buffer.from(read.stdout)).toEqual(Buffer.concat([content, content]));
      expect(existsSync(path)).toBe(false);
    });

    it("leaves nothing else behind", async () => {
      mkdirSync(join(world.far, "clean"));
      const path = join(world.far, "clean", "file");
      await world.run(world.plan("good", { operation: "write", path }), { content: "" });

      expect(readdirSync(join(world.far, "clean"))).toEqual(["file"]);
    });

    it.each(AWKWARD_NAMES)("handles the name %j", async (name) => {
      const path = join(world.far, name);
      await world.run(world.plan("good", { operation: "write", path }), { content: name });
      const { stdout } = await world.run(world.plan("good", { operation: "read", path }));

      expect([readFileSync(path, "utf8"), text(stdout)]).toEqual([name, name]);
    });

    it("finds ~/ and relative paths in the home over there", async () => {
      await world.run(world.plan("good", { operation: "write", path: "~/a" }), { content: "1" });
      await world.run(world.plan("good", { operation: "write", path: "b" }), { content: "2" });

      expect(readFileSync(join(world.folder.home, "a"), "utf8")).toBe("1");
      expect(readFileSync(join(world.folder.home, "b"), "utf8")).toBe("2");
    });

    it("keeps the mode of a file, and follows a link to it", async () => {
      writeFileSync(join(world.far, "real\n"), "old");
      chmodSync(join(world.far, "real\n"), 0o640);
      symlinkSync("real\n", join(world.far, "link"));
      const what = world.plan("good", { operation: "write", path: join(world.far, "link") });
      await world.run(what, { content: "new" });

      expect(readFileSync(join(world.far, "real\n"), "utf8")).toBe("new");
      expect(statSync(join(world.far, "real\n")).mode & 0o777).toBe(0o640);
      expect(readlinkSync(join(world.far, "link"))).toBe("real\n");
    });

    it("gives a new file the mode that is asked for, and makes folders on request", async () => {
      const path = join(world.far, "deep/er/file");
      const what = world.plan("good", {
        operation: "write",
        path,
        mode: "0604",
        makeFolders: true,
      });
      await world.run(what, { content: "x" });

      expect(statSync(path).mode & 0o777).toBe(0o604);
    });

    it.each([
      ["read", "missing", "PATH_NOT_FOUND"],
      ["read", ".", "PATH_KIND"],
      ["write", "no/such/folder/x", "PATH_NOT_FOUND"],
      ["write", "folder", "PATH_KIND"],
      ["write", "plain-file/x", "PATH_KIND"],
      ["append", "folder", "PATH_KIND"],
      ["delete", "folder", "PATH_KIND"],
    ] as const)("tells why %s of %s fails: %s", async (operation, name, code) => {
      mkdirSync(join(world.far, "folder"), { recursive: true });
      writeFileSync(join(world.far, "plain-file"), "");
      const what = world.plan("good", { operation, path: `${world.far}/${name}` });

      expect((await world.errorOf(what, { content: "x" })).code).toBe(code);
    });

    it.each(["write", "append"] as const)(
      "leaves the old file whole when the connection breaks in the middle: %s",
      async (operation) => {
        const path = join(world.folder.home, `kept-${operation}`);
        writeFileSync(path, "old");
        async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < 32; at += 1) yield PIECE;
          await until(() => temporaries(world.folder.home).length > 0);
          proxy.cut();
          for (let at = 0; at < 32; at += 1) yield PIECE;
        }
        const error = await world.errorOf(world.plan("cut", { operation, path }), {
          content: { bytes: 64 * PIECE.length, chunks: chunks() },
        });
        await until(() => temporaries(world.folder.home).length === 0);

        expect(error.code).toBe("CONNECTION_LOST");
        expect(readFileSync(path, "utf8")).toBe("old");
      },
    );

    it("refuses content that is shorter or longer than was said", async () => {
      const path = join(world.far, "sized");
      async function* chunks(): AsyncGenerator<Uint8Array> {
        yield PIECE;
      }
      for (const bytes of [PIECE.length - 1, PIECE.length + 1]) {
        const error = await world.errorOf(world.plan("good", { operation: "write", path }), {
          content: { bytes, chunks: chunks() },
        });
        expect(error.code).toBe("INCOMPLETE");
      }
      expect(existsSync(path)).toBe(false);
    });

    it("sends a file, and streams one back", async () => {
      const source = join(world.far, "source");
      writeFileSync(source, Buffer.alloc(3_000_000, "abc"));
      const path = join(world.far, "copy");
      await world.run(world.plan("good", { operation: "write", path }), {
        content: await fileContent(source),
      });

      expect(readFileSync(path).equals(readFileSync(source))).toBe(true);
    });

    it("replaces a folder as a whole, and brings it back", async () => {
      const source = join(world.far, "tree");
      mkdirSync(join(source, "sub"), { recursive: true });
      writeFileSync(join(source, "sub", "x y\n'"), "deep");
      writeFileSync(join(source, "run"), "#!/bin/sh\n", { mode: 0o755 });
      symlinkSync("run", join(source, "link"));
      const target = join(world.far, "target");
      mkdirSync(target, { mode: 0o750 });
      writeFileSync(join(target, "old"), "");
      const write = world.plan("good", { operation: "write", kind: "folder", path: `${target}/` });
      await pushFolder(write, source, world.connection);
      const back = join(world.far, "back");
      const read = world.plan("good", { operation: "read", kind: "folder", path: target });
      await pullFolder(read, back, world.connection);

      expect(readdirSync(target).toSorted()).toEqual(["link", "run", "sub"]);
      expect(statSync(target).mode & 0o777).toBe(0o750);
      expect(readFileSync(join(back, "sub", "x y\n'"), "utf8")).toBe("deep");
      expect(statSync(join(back, "run")).mode & 0o777).toBe(0o755);
      expect(readlinkSync(join(back, "link"))).toBe("run");
      expect(readdirSync(world.far).filter((name) => name.includes(".tetra"))).toEqual([]);
    });

    it("leaves the old folder when the new one cannot be read whole", async () => {
      const target = join(world.far, "stays");
      mkdirSync(target);
      writeFileSync(join(target, "old"), "");
      const write = world.plan("good", { operation: "write", kind: "folder", path: target });

      await expect(pushFolder(write, join(world.far, "nothing"), world.connection)).rejects.toThrow(
        expect.objectContaining({ code: "OPERATION_FAILED" }),
      );
      expect(readdirSync(target)).toEqual(["old"]);
      expect(readdirSync(world.far).filter((name) => name.includes(".tetra"))).toEqual([]);
    });

    it("makes no local folder of one that is not there, and none where one is", async () => {
      const read = world.plan("good", {
        operation: "read",
        kind: "folder",
        path: join(world.far, "absent"),
      });
      const to = join(world.far, "never");

      await expect(pullFolder(read, to, world.connection)).rejects.toThrow(
        expect.objectContaining({ code: "PATH_NOT_FOUND" }),
      );
      expect(readdirSync(world.far).filter((name) => name.includes("never"))).toEqual([]);
      await expect(pullFolder(read, world.far, world.connection)).rejects.toThrow(
        expect.objectContaining({ code: "EXISTS" }),
      );
    });
  },
);
