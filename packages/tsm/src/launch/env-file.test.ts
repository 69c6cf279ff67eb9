import { describe, expect, it } from "vitest";
import { BASE, fakeLaunchHost } from "../../test/fake-launch-host.ts";
import { findEnvFile, readEnvFile } from "./env-file.ts";

const { cwd, environment } = BASE;

describe("which env file", () => {
  const folder = "/srv/app";
  const script = "/opt/tool/run.sh";

  function find(asked: string | undefined, paths: readonly string[]): string | undefined {
    const host = fakeLaunchHost({ programs: paths });
    return findEnvFile(host, { asked, cwd, folder, script });
  }

  it.each([
    "/srv/app/env/local.env",
    "/srv/app/env/local",
    "/srv/app/local.env",
    "/srv/app/local",
    "/opt/tool/env/local.env",
  ])("a bare word means %s before what comes later", (path) => {
    const later = ["/opt/tool/local", "/srv/backend/env/local.env"];
    expect(find("local", [...later, path])).toBe(path);
  });

  it.each([
    ["env/local", "/srv/backend/env/local"],
    ["my.env", "/srv/backend/my.env"],
    [".env", "/srv/backend/.env"],
    ["/etc/x", "/etc/x"],
  ])("%s is a path from where it was typed", (asked, path) => {
    expect(find(asked, [path])).toBe(path);
  });

  it("is refused when it is not there", () => {
    expect(() => find("local", [])).toThrow(
      expect.objectContaining({
        code: "ENV_FILE_MISSING",
        message: "Environment file not found: /srv/app/env/local.env",
      }),
    );
  });

  it.each([
    "/opt/tool/env/dev.env",
    "/opt/tool/env/local.env",
    "/opt/tool/env/.env",
    "/opt/tool/dev.env",
    "/opt/tool/.env",
    "/srv/app/env/dev.env",
    "/srv/app/env/local.env",
  ])("is found beside a script by itself: %s before what comes later", (path) => {
    expect(find(undefined, ["/srv/app/.env", path])).toBe(path);
  });

  it("is none when none is wanted, or nothing is a script", () => {
    const host = fakeLaunchHost({ programs: ["/srv/app/.env"] });
    expect(find("none", ["/srv/app/.env"])).toBeUndefined();
    expect(findEnvFile(host, { asked: undefined, cwd, folder, script: undefined })).toBeUndefined();
  });
});

describe("what is in it", () => {
  const read = (text: string): ReturnType<typeof readEnvFile> =>
    readEnvFile(fakeLaunchHost({ files: { "/e": text } }), "/e", environment);

  it("is values, a port and a name", () => {
    expect(read("export PORT=3000\nNAME='my app'\nBIN=$HOME/bin\nLIST=(a b)\n")).toEqual({
      path: "/e",
      values: { PORT: "3000", NAME: "my app", BIN: "/home/u/bin" },
      port: 3000,
      name: "my app",
    });
  });

  it("is TETRA_PORT and TETRA_NAME where the short ones are not", () => {
    expect(read("TETRA_PORT=3000\nTETRA_NAME=a\nNAME=")).toMatchObject({ port: 3000, name: "a" });
    expect(read("TETRA_PORT=3000\nPORT=3001")).toMatchObject({ port: 3001 });
    expect(read("PORT=\n").port).toBeUndefined();
    expect(read("PORT=0\n").port).toBeUndefined();
  });

  it.each(["KEY=YOUR_API_KEY_HERE", "KEY='x REPLACE_ME'", "KEY=TODO", "KEY=CHANGEME"])(
    "must not be a placeholder: %s",
    (line) => {
      expect(() => read(`A=1\n${line}\n`)).toThrow(
        expect.objectContaining({
          code: "PLACEHOLDERS",
          message: "/e:2: placeholders are left in KEY",
        }),
      );
    },
  );

  it("may speak of placeholders in comments, and in longer words", () => {
    expect(read("# TODO: CHANGEME\nA=TODOS\n").values).toEqual({ A: "TODOS" });
  });

  it("must not be a port that is none", () => {
    expect(() => read("PORT=web\n")).toThrow(
      expect.objectContaining({ code: "PORT_NOT_SET", message: "/e: web is no port" }),
    );
  });

  it("must be there", () => {
    expect(() => readEnvFile(fakeLaunchHost(), "/gone", environment)).toThrow(
      expect.objectContaining({ code: "ENV_FILE_MISSING" }),
    );
  });
});
