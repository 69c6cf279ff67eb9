import { execFileSync, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTetraError } from "@tetra/errors";
import { describe, expect, it, onTestFinished } from "vitest";
import { type DefinitionStore, openDefinitions } from "./definition-store.ts";

const hasShellcheck = spawnSync("shellcheck", ["--version"]).error === undefined;

interface Temporary {
  readonly tetraDir: string;
  readonly definitions: DefinitionStore;
  readonly notes: readonly string[];
  /** Saves one that runs `true`. */
  readonly save: (name: string, org?: string) => void;
}

function temporary(): Temporary {
  const tetraDir = mkdtempSync(join(tmpdir(), "tsm-definitions-"));
  onTestFinished(() => rmSync(tetraDir, { recursive: true, force: true }));
  const notes: string[] = [];
  const definitions = openDefinitions({
    tetraDir,
    variables: {},
    note: (event, address) => notes.push(`${event} ${address}`),
  });
  return {
    tetraDir,
    definitions,
    notes,
    save: (name, org) =>
      definitions.save({ name, org, keys: { command: "true" }, overwrite: false }),
  };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isTetraError(error)) return `${error.code}: ${error.message}; ${error.hint ?? ""}`;
    throw error;
  }
  return "was not refused";
}

describe("saving", () => {
  it("keeps all of a command, in a private file that a shell can source", () => {
    const { definitions, tetraDir } = temporary();
    const command = ["node", "server.js", "--title", "it's a shop", "$HOME"];

    definitions.save({
      name: "shop",
      keys: { command, cwd: "/srv", port: 3000 },
      overwrite: false,
    });

    const file = join(tetraDir, "tsm/services-available/shop.tsm");
    const script = `. ${file}; printf '%s\\n' "$TSM_NAME" "$TSM_COMMAND" "\${TSM_ARGS[@]}" "$TSM_PORT"`;
    expect(execFileSync("bash", ["-c", script]).toString().split("\n")).toEqual([
      "shop",
      "node",
      ...command.slice(1),
      "3000",
      "",
    ]);
    expect(definitions.read(definitions.find("shop")).keys.command).toEqual(command);
    expect(statSync(file).mode & 0o777).toBe(0o700);
  });

  it.skipIf(!hasShellcheck)("writes what shellcheck passes (needs shellcheck)", () => {
    const { definitions, tetraDir } = temporary();
    const keys = {
      command: ["a", "b c", "$d"],
      env: { A: "`x`" },
      depends_on: { db: "healthy" },
    } as const;

    definitions.save({ name: "x", keys, overwrite: false });

    const file = join(tetraDir, "tsm/services-available/x.tsm");
    expect(execFileSync("shellcheck", [file]).toString()).toBe("");
  });

  it("replaces one that is there only when told to", () => {
    const { definitions, save } = temporary();
    save("api");

    expect(refusal(() => save("api"))).toMatch(/^DEFINITION_EXISTS: api is defined already/);
    definitions.save({ name: "api", keys: { command: "false" }, overwrite: true });
    expect(definitions.read(definitions.find("api")).keys.command).toBe("false");
  });

  it.each(["../evil", "a/b", "12", "", ".hidden", "-x"])("refuses the name %j", (name) => {
    const { definitions, save } = temporary();

    expect(refusal(() => save(name))).toContain("INVALID_DEFINITION");
    expect(refusal(() => save("api", name))).toContain("INVALID_DEFINITION");
    expect(definitions.list()).toEqual([]);
  });
});

describe("what could not be read back", () => {
  it("is not written", () => {
    const { definitions } = temporary();
    const keys = { command: "x", port: 99_999 };

    expect(refusal(() => definitions.save({ name: "x", keys, overwrite: false }))).toContain(
      "TSM_PORT must be a port",
    );
    expect(definitions.list()).toEqual([]);
  });
});

describe("enabling", () => {
  it("makes the links of the original", () => {
    const { definitions, tetraDir, save, notes } = temporary();
    save("api");
    save("api", "acme");
    const link = (name: string): string =>
      readlinkSync(join(tetraDir, "tsm/services-enabled", name));

    expect(definitions.enable(definitions.find("api"))).toBe(false);
    expect(definitions.enable(definitions.find("acme/api"))).toBe(false);

    expect(link("api.tsm")).toBe("../services-available/api.tsm");
    expect(link("acme-api.tsm")).toBe("../../orgs/acme/tsm/services-available/api.tsm");
    expect(definitions.list().map(({ address, isEnabled }) => [address, isEnabled])).toEqual([
      ["acme/api", true],
      ["api", true],
    ]);
    expect(definitions.enable(definitions.find("api"))).toBe(true);
    expect(definitions.disable(definitions.find("api"))).toBe(true);
    expect(definitions.disable(definitions.find("api"))).toBe(false);
    expect(notes.slice(2)).toEqual(["enabled api", "enabled acme/api", "disabled api"]);
  });

  it("replaces a link to nothing, and no other", () => {
    const { definitions, tetraDir, save } = temporary();
    save("a-b");
    save("b", "a");
    const folder = join(tetraDir, "tsm/services-enabled");
    mkdirSync(folder);
    symlinkSync("../services-available/gone.tsm", join(folder, "a-b.tsm"));
    writeFileSync(join(folder, "note.tsm"), "");

    expect(definitions.brokenLinks()).toEqual([
      {
        link: join(folder, "a-b.tsm"),
        why: `there is no ${tetraDir}/tsm/services-available/gone.tsm`,
      },
      { link: join(folder, "note.tsm"), why: "it is no link" },
    ]);
    definitions.enable(definitions.find("a-b"));
    expect(refusal(() => definitions.enable(definitions.find("a/b")))).toContain(
      "LINK_TAKEN: a/b: ",
    );
    save("note");
    expect(refusal(() => definitions.enable(definitions.find("note")))).toContain("is no link");
  });

  it("ends with the definition", () => {
    const { definitions, save } = temporary();
    save("api");
    definitions.enable(definitions.find("api"));

    definitions.remove(definitions.find("api"));

    expect([definitions.list(), definitions.brokenLinks()]).toEqual([[], []]);
  });
});

describe("a word", () => {
  it("means one definition, of its organisation if it says so", () => {
    const { definitions, save } = temporary();
    save("web");
    save("web", "acme");
    save("db", "acme");
    save("job", "acme");
    save("job", "umbrella");
    const addressOf = (word: string): string => definitions.find(word).address;

    expect(["web", "acme/web", "tetra/web", "db"].map(addressOf)).toEqual([
      "web",
      "acme/web",
      "web",
      "acme/db",
    ]);
    expect(refusal(() => definitions.find("job"))).toBe(
      "AMBIGUOUS_DEFINITION: job is defined by acme/job, umbrella/job; say which: org/name",
    );
    expect(refusal(() => definitions.find("wbe"))).toBe(
      'DEFINITION_NOT_FOUND: no service "wbe" is defined; did you mean web?',
    );
  });

  it("never leads out of the folders of definitions, and a number is an id", () => {
    const { definitions, tetraDir, save } = temporary();
    save("web");
    writeFileSync(join(tetraDir, "tsm/services-available/12.tsm"), "TSM_COMMAND=x\n");

    expect(definitions.candidates("web")).toHaveLength(1);
    for (const word of ["../web", "./web", "../../etc/passwd", "12", "", "/web", "web/"]) {
      expect(definitions.candidates(word)).toEqual([]);
    }
  });
});

describe("editing", () => {
  it("never replaces a definition by a broken one", () => {
    const { definitions, save } = temporary();
    save("api");
    const api = definitions.find("api");
    const before = definitions.text(api);

    expect(refusal(() => definitions.replace(api, "TSM_COMMAND=x\nTSM_PORT=$(id)"))).toContain(
      "NOT_ASSIGNMENTS",
    );
    expect(definitions.text(api)).toBe(before);
    definitions.replace(api, `${before}TSM_PORT=80\n`);
    expect(definitions.read(api).keys.port).toBe(80);
  });

  it("follows a definition that is a link to a project's file", () => {
    const { definitions, tetraDir, save } = temporary();
    save("api");
    const project = join(tetraDir, "project.tsm");
    writeFileSync(project, "TSM_COMMAND='node x.js'\n");
    symlinkSync(project, join(tetraDir, "tsm/services-available/web.tsm"));

    expect(definitions.read(definitions.find("web")).keys.command).toBe("node x.js");
    expect(readFileSync(project, "utf8")).toContain("node x.js");
  });
});
