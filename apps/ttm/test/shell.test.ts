import { execa } from "execa";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Each test of the bats files is a test here: a file is run once, and each of its tests looks up its own result.

const FOLDER = join(import.meta.dirname, "shell");
const BATS = join(dirname(createRequire(import.meta.url).resolve("bats/package.json")), "bin/bats");
const TIMEOUT_MS = 300_000;

interface Result {
  readonly outcome: "passed" | "failed" | "skipped";
  /** What bats says of a failure, or why the test was skipped. */
  readonly details: string;
}

const place = mkdtempSync(join(tmpdir(), "shell-test-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

beforeAll(async () => {
  // where the bundle finds the add-on for locks
  symlinkSync(join(import.meta.dirname, "../node_modules"), join(place, "node_modules"));
  const bundle = await rolldown({
    input: join(FOLDER, "helper/main.ts"),
    platform: "node",
    external: ["fs-native-extensions"],
  });
  await bundle.write({ file: join(place, "helper.cjs"), format: "cjs", codeSplitting: false });
});

function titlesIn(file: string): readonly string[] {
  const text = readFileSync(join(FOLDER, file), "utf8");
  return [...text.matchAll(/^@test "((?:[^"\\]|\\.)*)" \{/gm)].map(([, title = ""]) =>
    title.replaceAll(/\\(.)/g, "$1"),
  );
}

async function runFile(file: string): Promise<ReadonlyMap<string, Result>> {
  const { stdout } = await execa(BATS, ["--tap", join(FOLDER, file)], {
    reject: false,
    env: { TEST_HELPER: join(place, "helper.cjs") },
    timeout: TIMEOUT_MS,
  });
  return readTap(stdout);
}

/** https://testanything.org: a line for each test, and `#` lines about it behind that. */
function readTap(text: string): ReadonlyMap<string, Result> {
  const results = new Map<string, Result>();
  let last: string | undefined;
  for (const line of text.split("\n")) {
    const [, not, title, skipped] = /^(not )?ok \d+ (.*?)(?: # skip ?(.*))?$/.exec(line) ?? [];
    if (title !== undefined) {
      last = title;
      const outcome = skipped !== undefined ? "skipped" : not === undefined ? "passed" : "failed";
      results.set(title, { outcome, details: skipped ?? "" });
    } else if (last !== undefined && line.startsWith("#")) {
      const result = results.get(last);
      if (result !== undefined) {
        results.set(last, { ...result, details: `${result.details}${line.slice(1)}\n` });
      }
    }
  }
  return results;
}

const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".bats"));
const RAG_FOLDER = join(import.meta.dirname, "../../../packages/rag-adapter/shell");
const isChecked = spawnSync("shellcheck", ["--version"]).error === undefined;

it.skipIf(!isChecked)(
  "shellcheck finds nothing in what is sourced (needs shellcheck)",
  async () => {
    const folders = [join(import.meta.dirname, "../shell"), RAG_FOLDER, FOLDER];
    const files = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /\.(sh|bash|bats)$/.test(name))
        .map((name) => join(folder, name)),
    );
    const { stdout } = await execa("shellcheck", ["-x", "-P", "SCRIPTDIR", ...files], {
      reject: false,
    });
    expect(stdout).toBe("");
  },
);

describe("bats", () => {
  let runs: ReadonlyMap<string, Promise<ReadonlyMap<string, Result>>> = new Map();
  beforeAll(() => {
    // all at once: most of them wait most of the time
    runs = new Map(FILES.map((file) => [file, runFile(file)]));
  });

  describe.each(FILES)("%s", (file) => {
    let results: ReadonlyMap<string, Result> = new Map();
    beforeAll(async () => {
      results = (await runs.get(file)) ?? results;
    }, TIMEOUT_MS);

    for (const title of titlesIn(file)) {
      it(title, (context) => {
        const { outcome, details } = results.get(title) ?? {
          outcome: "failed",
          details: "not run",
        };
        if (outcome === "skipped") context.skip(details);
        expect(outcome, details).toBe("passed");
      });
    }
  });
});
