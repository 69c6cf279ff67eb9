import { createHash } from "node:crypto";
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  BASH,
  EXAMPLE,
  filesIn,
  flowIn,
  type Home,
  home,
  linkedHome,
  textOf,
  TIMEOUT_MS,
  ZSH,
} from "./home.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What differs from run to run: ids, digests, and how long a test took, on which a token or two hang. */
function withoutTheRun(text: string, { folder }: Home): string {
  return text
    .replaceAll(folder, "~")
    .replaceAll(/[0-9a-f]{64}/g, "DIGEST")
    .replaceAll(/[0-9]{8}T[0-9]{6}/g, "TIME")
    .replaceAll(/ *\b[0-9]+/g, " N");
}

/** The digests of the prompts that the script shows at its end. */
function shownDigests(stdout: string): readonly string[] {
  const [, seen = ""] = stdout.split("# What the model saw\n");
  return [...seen.matchAll(/^sha256:(\S+): [0-9]+ pieces/gm)].map(([, digest = ""]) => digest);
}

describe.each([BASH, ZSH])("$name", ({ shell, there }) => {
  describe.skipIf(!there)("the script", () => {
    let box: Home;
    let said: Awaited<ReturnType<Home["run"]>>;
    beforeAll(async () => {
      box = linkedHome();
      said = await box.run([shell, "../example/flow.sh"]);
    }, TIMEOUT_MS);
    afterAll(() => rmSync(box.folder, { recursive: true }));

    it("goes from a question to a change that passes the tests, in two rounds", async () => {
      expect(said).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/\nSaga undone: apply-the-last-page\S+ \(by \S+\)\n$/),
      });
      const { state, events } = flowIn(join(box.project, "rag/flows"));
      expect(state).toMatchObject({
        stage: "DONE",
        iteration: 2,
        outcome: "success",
        lessons: ["what is left over: round up, do not add one"],
        artifacts: ["build/answer.md"],
        tags: ["pages", "off-by-one"],
        effort_minutes: 15,
      });
      const stages = events.filter(({ event }) => event === "rag_stage");
      const round = ["SELECT", "ASSEMBLE", "SUBMIT", "APPLY", "VALIDATE"];
      expect(stages.map((line) => line["rag_stage"])).toEqual([...round, "FOLD", ...round, "DONE"]);
      expect(textOf(box.project, "src/pages.js")).toContain("return Math.ceil(count / size);");
      expect((await box.run(["npm", "test", "--silent"])).status).toBe(0);
    });

    it("undoes the first answer, whose tests fail, exactly", () => {
      expect(said.stdout).toContain("\nnot ok 2 - pages that are full need no further one\n");
      expect(said.stdout).toContain("\nThe project is what it was\n");
      expect(existsSync(join(box.project, "docs"))).toBe(false);
    });

    it("tells what fits into the budget, what is cut, and what is left out and why", () => {
      const [, first = "", second = ""] = said.stdout.split(/^# Round .$/m);

      expect(withoutTheRun(first, box)).toContain(`
Left out:
  src/pages.js: duplicate (the same as src/pages.js)
`);
      expect(first).toMatch(/^Prompt: [0-9]+ of 1200 tokens \(o200k_base\)$/m);
      expect(first).toMatch(/^ +[0-9]+ {2}test\/pages\.js {2}lines=14:22$/m);
      expect(first).toMatch(/ {2}data\/vegetables\.csv {2}lines=1:[0-9]+ \(cut at line [0-9]+ of/);
      expect(second).toMatch(/^ +[0-9]+ {2}ctx\/100_applied\.diff$/m);
      expect(second).toMatch(/^ +[0-9]+ {2}ctx\/110_round-1\.txt {2}lines=1:/m);
      expect(second).toContain("\n  data/fruit.csv: over budget (392 tokens)\n");
    });

    it("keeps what the model saw, also where all projects find it", () => {
      const digests = shownDigests(said.stdout);

      expect(digests).toHaveLength(2);
      for (const flows of [join(box.project, "rag/flows"), join(box.folder, ".tetra/rag/flows")]) {
        const { folder, events } = flowIn(flows);
        const submitted = events.filter(({ event }) => event === "checkpoint");
        const kept = digests.map((digest) =>
          textOf(folder, `artifacts/prompts/${digest.slice(0, 16)}.mdctx`),
        );
        expect(submitted.map((line) => line["metadata"])).toEqual(
          digests.map((prompt) => ({ prompt })),
        );
        expect(kept.map(sha256)).toEqual(digests);
        expect(kept[1]).toBe(textOf(folder, "build/prompt.mdctx"));
      }
    });

    it("leaves what seen.js reads", async () => {
      const { stdout, stderr } = await box.run(["node", "../example/seen.js"]);

      expect(stderr).toBe("");
      expect(stdout).toMatch(/^the last page .*: DONE in round 2\n/);
      expect([...stdout.matchAll(/^sha256:([0-9a-f]+)/gm)].map(([, digest]) => digest)).toEqual(
        shownDigests(said.stdout),
      );
    });

    it("lets seen.js end quietly when nobody reads on", async () => {
      const line = "exec 3> >(:); wait $!; node ../example/seen.js >&3";
      expect(await box.run(["bash", "-c", line])).toMatchObject({ status: 0, stderr: "" });
    });
  });
});

it.skipIf(!ZSH.there)(
  "bash and zsh say the same (needs zsh)",
  async () => {
    const [first, second] = [linkedHome(), linkedHome()];
    onTestFinished(() => {
      for (const { folder } of [first, second]) rmSync(folder, { recursive: true });
    });

    const [inBash, inZsh] = await Promise.all([
      first.run(["bash", "../example/flow.sh"]),
      second.run(["zsh", "../example/flow.sh"]),
    ]);

    expect(withoutTheRun(inZsh.stdout, second)).toBe(withoutTheRun(inBash.stdout, first));
    expect(withoutTheRun(inZsh.stderr, second)).toBe(withoutTheRun(inBash.stderr, first));
  },
  TIMEOUT_MS,
);

it.each([
  ["are wrong", "cat ../example/answers/first.multicat"],
  ["cannot be read", "echo 'I am sorry'"],
  ["do not fit", "sed s/floor/round/ ../example/answers/first.multicat"],
])(
  "when all answers %s, the flow has failed, and the project is as it was",
  async (_, model) => {
    const box = linkedHome();
    onTestFinished(() => rmSync(box.folder, { recursive: true }));
    const before = filesIn(box.project);
    const asked = join(box.folder, "model");
    writeFileSync(asked, `#!/bin/sh\n${model}\n`);
    chmodSync(asked, 0o700);

    const { status } = await box.run(["bash", "../example/flow.sh"], { MODEL: asked });

    const { state } = flowIn(join(box.project, "rag/flows"));
    expect(status).toBe(1);
    expect(state).toMatchObject({ stage: "DONE", outcome: "failed", iteration: 4 });
    expect(filesIn(box.project)).toEqual(before);
  },
  TIMEOUT_MS,
);

it(
  "the commands of the README work",
  async () => {
    const box = home();
    onTestFinished(() => rmSync(box.folder, { recursive: true }));
    const blocks = textOf(EXAMPLE, "README.md").matchAll(/```sh\n(.*?)```/gs);
    const commands = [...blocks].map(([, text = ""]) => text).join("");
    const all = join(box.folder, "all.sh");
    writeFileSync(all, `set -e\n${commands}`);

    const { status, stdout } = await box.run(["bash", all]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^the tests fail$/m);
    expect(stdout.match(/^The tests pass$/gm)).toHaveLength(2);
    expect(stdout).toContain("is not counted: DONE in round 2\n");
  },
  TIMEOUT_MS,
);
