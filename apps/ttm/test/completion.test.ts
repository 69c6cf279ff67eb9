import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { create, PROGRAM, sandbox } from "./ttm.ts";

function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ["-c", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.each(["bash", "zsh", "fish"])("the completion script of %s", (shell) => {
  it.skipIf(!isInstalled(shell))(
    `is a script that ${shell} can read (needs ${shell})`,
    async () => {
      const { ok, root } = sandbox();
      const script = join(root, `ttm.${shell}`);
      writeFileSync(script, await ok("completion", shell));

      // -n reads without running
      expect(spawnSync(shell, ["-n", script], { encoding: "utf8" })).toMatchObject({
        status: 0,
        stderr: "",
      });
    },
  );
});

it.skipIf(!isInstalled("fish"))("offers ids and stages to fish (needs fish)", async () => {
  const box = sandbox();
  const id = await create(box, "deploy api");
  const script = join(box.root, "ttm.fish");
  writeFileSync(script, await box.ok("completion", "fish"));
  const folder = join(box.root, "bin");
  mkdirSync(folder);
  writeFileSync(join(folder, "ttm"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`, {
    mode: 0o755,
  });
  const env = {
    ...process.env,
    ...box.env,
    HOME: box.root,
    PATH: `${folder}:${process.env["PATH"]}`,
  };
  const offers = (line: string): string =>
    execFileSync("fish", ["-c", `source '${script}'; complete -C '${line}'`], {
      env,
      encoding: "utf8",
    });

  expect(offers("ttm state dep")).toContain(id);
  expect(offers("ttm transition EX")).toContain("EXECUTE");
});

async function values(...words: readonly string[]): Promise<readonly string[]> {
  const { ok } = sandbox();
  return offered(await ok("__complete", ...words));
}

function offered(text: string): readonly string[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t")[0] ?? "");
}

it("completes commands, flags, stages and targets", async () => {
  expect(await values("tr")).toEqual(["transition"]);
  expect(await values("run", "x", "--")).toEqual(
    expect.arrayContaining(["--ctx", "--validate", "--agent", "--json", "--dir"]),
  );
  expect(await values("transition", "E")).toEqual(["EXECUTE"]);
  expect(await values("create", "x", "@")).toEqual(["@local", "@dev", "@staging", "@prod"]);
  expect(await values("completion", "")).toEqual(["bash", "zsh", "fish"]);
  expect(await values("add", "")).toEqual([":files"]);
  expect(await values("archive", "--stage=D")).toEqual(["--stage=DONE"]);
});

it("completes ids, where the words so far say", async () => {
  const box = sandbox();
  const id = await create(box, "deploy api");
  await create(box, "other");

  expect(offered(await box.ok("__complete", "state", "dep"))).toEqual([id]);
  expect(await values("--dir", box.root, "transition", "DONE", "dep")).toEqual([id]);
});

it("says nothing where there is nothing to say", async () => {
  const { ttm } = sandbox({ TETRA_DIR: undefined });

  expect(await ttm("__complete", "state", "x")).toMatchObject({ stdout: "", stderr: "" });
});

it("completes ids in bash", async () => {
  const box = sandbox();
  const id = await create(box, "deploy api");
  const { stdout } = await box.shell(`
    eval "$(ttm completion bash)"
    COMP_WORDS=(ttm state dep) COMP_CWORD=2 COMP_LINE="ttm state dep"
    _ttm_complete
    printf '%s\\n' "\${COMPREPLY[@]}"`);

  expect(stdout).toBe(`${id}\n`);
});

it("completes targets in bash, which takes words apart at @", async () => {
  const box = sandbox();
  const { stdout } = await box.shell(`
    eval "$(ttm completion bash)"
    COMP_WORDS=(ttm create x @ st) COMP_CWORD=4 COMP_LINE="ttm create x @st"
    _ttm_complete
    printf '%s\\n' "\${COMPREPLY[@]}"`);

  expect(stdout).toBe("@staging\n");
});
