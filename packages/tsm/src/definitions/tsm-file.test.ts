import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyName, anyServiceKeys } from "../../test/any-service-keys.ts";
import { commandVector } from "../run/command-vector.ts";
import { formatTsmFile } from "./format-tsm-file.ts";
import { expandedKeys, type Nested } from "./key-forms.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import type { ServiceKeys } from "./service-keys.ts";
import { parseTsmFile } from "./tsm-file.ts";

const FILE = "/tetra/tsm/services-available/devpages.tsm";
const variables = { TETRA_SRC: "/src/tetra", HOME: "/home/me" };

function parsed(text: string): ServiceDefinition {
  return parseTsmFile(text, { file: FILE, variables });
}

function refusedWith(text: string): string {
  try {
    parsed(text);
  } catch (error) {
    if (isTetraError(error)) return `${error.code}: ${error.message}; ${error.hint ?? ""}`;
  }
  return "was not refused";
}

/** What the keys come to, whichever form they are in. */
function meaning({ command, ...keys }: ServiceKeys): Nested {
  const argv = typeof command === "string" ? commandVector(command) : command;
  return { ...expandedKeys(keys), argv };
}

describe("a .tsm file of the originals", () => {
  it("is read as bash would, without being executed", () => {
    const text = `#!/usr/bin/env bash
# the pages
export TSM_NAME="devpages"
TSM_COMMAND="node server.js --port 4000"
TSM_CWD="$TETRA_SRC/demo/devpages"   # where it is
TSM_ENV="dev"
TSM_PORT=4000
TSM_DESCRIPTION='Development "pages"'
TSM_PRE_COMMAND=""
`;
    expect(parsed(text)).toEqual({
      name: "devpages",
      keys: {
        command: "node server.js --port 4000",
        cwd: "/src/tetra/demo/devpages",
        port: 4000,
        description: 'Development "pages"',
        env_file: "env/dev.env",
      },
      naming: { base: "devpages", withPort: true },
      folder: "/tetra/tsm/services-available",
      place: { file: FILE, line: 3 },
      warnings: [],
    });
  });

  it("has the env file of the original when it says none, and none when it says none", () => {
    expect(parsed("TSM_COMMAND=x").keys.env_file).toBe("env/local.env");
    expect(parsed("TSM_COMMAND=x\nTSM_ENV=none").keys.env_file).toBeUndefined();
    expect(parsed("TSM_COMMAND=x\nTSM_ENV_FILE=conf/a.env").keys.env_file).toBe("conf/a.env");
  });

  it("gives its arguments to the command", () => {
    const { keys } = parsed(`TSM_COMMAND="python3 -m http.server"\nTSM_ARGS=(8000 --bind "a b")`);

    expect(keys.command).toEqual(["python3", "-m", "http.server", "8000", "--bind", "a b"]);
  });

  it("hands what it exports on to the service", () => {
    expect(parsed("TSM_COMMAND=x\nexport NODE_ENV=production\nLOCAL=1").keys.env).toEqual({
      NODE_ENV: "production",
    });
  });

  it("is let pass with words about variables that mean nothing", () => {
    expect(parsed("TSM_COMMAND=x\nTSM_RESTRAT=always\nTSM_COLOR=red").warnings).toEqual([
      "line 2: TSM_RESTRAT means nothing here: did you mean TSM_RESTART?",
      "line 3: TSM_COLOR means nothing here",
    ]);
  });

  it.each([
    ["TSM_COMMAND=x\nstart() {\n  :\n}\n", `NOT_ASSIGNMENTS: ${FILE}:2`],
    ["TSM_COMMAND=x\nif true; then TSM_PORT=1; fi", `NOT_ASSIGNMENTS: ${FILE}:2`],
    ["TSM_COMMAND=x\nTSM_PORT=$(cat port)", `NOT_ASSIGNMENTS: ${FILE}:2`],
    ["TSM_COMMAND=x\nsource ./common.sh", `NOT_ASSIGNMENTS: ${FILE}:2`],
    ["TSM_COMMAND=x\nTSM_PORT=http", `INVALID_DEFINITION: ${FILE}:2: TSM_PORT must be a port`],
    [
      "TSM_COMMAND=x\nTSM_RESTART=maybe",
      `INVALID_DEFINITION: ${FILE}:2: TSM_RESTART must be no, on-failure`,
    ],
    [
      "TSM_COMMAND=x\nTSM_HEALTH_INTERVAL=5",
      `INVALID_DEFINITION: ${FILE}:2: TSM_HEALTH_INTERVAL must be a time`,
    ],
    ["TSM_COMMAND=x\nTSM_NAME='a b'", `INVALID_DEFINITION: ${FILE}:2: TSM_NAME must be a name`],
    ["TSM_COMMAND=(a b)", `INVALID_DEFINITION: ${FILE}:1: TSM_COMMAND must be text, not an array`],
    ["TSM_COMMAND=x\nTSM_VARS=(A)", `INVALID_DEFINITION: ${FILE}:2: TSM_VARS: A is no NAME=value`],
    [
      "TSM_COMAND=x",
      `INVALID_DEFINITION: ${FILE}: TSM_COMMAND is missing; did you mean it by TSM_COMAND?`,
    ],
  ])("is refused clearly: %j", (text, message) => {
    expect(refusedWith(text)).toContain(message);
  });
});

describe("a .tsm file that was written", () => {
  it("has what the original tools read in one variable where it can", () => {
    expect(formatTsmFile("web", { command: ["node", "server.js", "3000"], cwd: "/srv" })).toBe(
      `#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2016 # tsm reads these
TSM_NAME=web
TSM_COMMAND='node server.js 3000'
TSM_ENV=none
TSM_CWD=/srv
`,
    );
  });

  it("is read as what was written, whatever that was", () => {
    fc.assert(
      fc.property(anyName, anyServiceKeys, (name, keys) => {
        const { naming, keys: read, warnings } = parsed(formatTsmFile(name, keys));

        expect(meaning(read)).toEqual(meaning(keys));
        expect([naming.base, warnings]).toEqual([name, []]);
      }),
    );
  });
});
