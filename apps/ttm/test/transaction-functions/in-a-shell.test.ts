import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Expected } from "./calling-shell.ts";

const FUNCTIONS = fileURLToPath(new URL("../../dist/shell/ttm.sh", import.meta.url));
const hasZsh = spawnSync("zsh", ["--version"]).error === undefined;

interface Box {
  /** The folder the shell is in; the data is in `data` below it. */
  readonly folder: string;
  /** Runs a script that has sourced the functions; what is given comes before that. */
  readonly run: (script: string, before?: string) => Required<Expected>;
}

function box(shell: string): Box {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "ttm in a shell ")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    TETRA_DIR: join(folder, "data"),
    TETRA_SRC: join(folder, "src"),
    TTM_SH: FUNCTIONS,
  };
  return {
    folder,
    run(script, before = "") {
      const text = `${before}\n. "$TTM_SH"\n${script}\n`;
      const { status, stdout, stderr } = spawnSync(shell, ["-c", text], {
        cwd: folder,
        env,
        encoding: "utf8",
      });
      return { status: status ?? -1, stdout, stderr };
    },
  };
}

const SHELLS = [
  { title: "in bash", shell: "bash", there: true },
  { title: "in zsh (needs zsh)", shell: "zsh", there: hasZsh },
] as const;

describe.each(SHELLS)("$title", ({ shell, there }) => {
  describe.skipIf(!there)("the functions", () => {
    it("set the evidence variables in the calling shell, and clear what is left over", () => {
      const { folder, run } = box(shell);
      for (const name of ["a.txt", "b.txt"]) writeFileSync(join(folder, name), name);

      const { stdout, stderr } = run(`
        set -eu
        e1=old e3=old
        id=$(txn_create "a b")
        txn_add_ctx a.txt first >/dev/null
        txn_add_ctx b.txt "second one" >/dev/null
        echo "$e_count" "$(cat "$e1")" "$(cat "$e2")" "\${e3-unset}"
        for at in 3 4 5 6 7 8 9 10; do txn_add_ctx a.txt more >/dev/null; done
        echo "$e_count $(cat "$e10")"
        txn_create "another" >/dev/null
        init_evidence_vars
        echo "$e_count \${e1-unset} \${e10-unset}"
        init_evidence_vars "$id" >/dev/null
        echo "$e_count"
      `);

      expect({ stdout, stderr }).toEqual({
        stdout: [
          "2 a.txt b.txt unset",
          "10 a.txt",
          "No evidence files found",
          "0 unset unset",
          "10",
          "",
        ].join("\n"),
        stderr: "",
      });
    });

    it.each([
      ["txn_create", "Description required"],
      ["generate_txn_id ''", "Description required"],
      ["txn_transition", "Stage required"],
      ["txn_add_ctx", "File required"],
      ["txn_add_ctx file", "Description required"],
      ["txn_get_connector", "Target required"],
      ["txn_execute x", "Function required"],
      ["ttm create", "Description required"],
      ["ttm transition ''", "Stage required"],
      ["ttm add file", "Description required"],
    ])("%s ends a shell that is not interactive", (line, message) => {
      const { status, stdout, stderr } = box(shell).run(`${line}; echo not reached`);

      expect(stdout).toBe("");
      expect(status).not.toBe(0);
      expect(stderr).toMatch(new RegExp(`: ${message}\n$`));
    });

    it("refuse without TETRA_DIR, and find it when it is set later", () => {
      const { status, stdout, stderr } = box(shell).run(
        `
        ttm list || echo "list $?"
        ttm_init || echo "init $?"
        txn_create x || echo "create $?"
        export TETRA_DIR=$data
        txn_dir x
        `,
        `data=$TETRA_DIR; unset TETRA_DIR`,
      );

      expect(status).toBe(0);
      expect(stdout).toMatch(/^list 1\ninit 1\ncreate 1\n\/.*\/data\/ttm\/txns\/x\n$/);
      const refusal = "❌ Error: TETRA_DIR environment variable not set\n";
      expect(stderr).toBe(refusal.repeat(3));
    });

    it("answer a pipe, a subshell and a loop", () => {
      const { stdout, stderr, status } = box(shell).run(`
        txn_create "a b" >/dev/null
        for stage in SELECT ASSEMBLE EXECUTE; do txn_transition $stage >/dev/null; done
        txn_events | grep -c '"event":"stage_transition"'
        (txn_transition VALIDATE) | cat
        txn_events "" txn_commit || echo none
      `);

      expect({ stdout, stderr, status }).toEqual({
        stdout: "3\nTransaction transitioned: EXECUTE → VALIDATE\nnone\n",
        stderr: "",
        status: 0,
      });
    });

    it("say local time, of the shell's TZ of now", () => {
      const { stdout } = box(shell).run(`
        export TZ=Pacific/Kiritimati; generate_txn_id x
        export TZ=Etc/GMT+10; generate_txn_id x
      `);

      const [east = "", west = ""] = stdout
        .trimEnd()
        .split("\n")
        .map((id) => id.replace("x-", ""));
      expect(Number(east.slice(0, 8))).toBeGreaterThan(Number(west.slice(0, 8)));
    });

    it("publish to the bus of this shell, in the order of the reference", () => {
      const { folder, run } = box(shell);
      const bus = join(folder, "src/bash/tui/events/pubsub.sh");
      mkdirSync(dirname(bus), { recursive: true });
      writeFileSync(bus, 'publish() { echo "$1 $3" >>told; }; subscribe() { :; }\n');
      writeFileSync(join(folder, "a.txt"), "");

      const { stderr } = run(`
        id=$(txn_create "a b" @dev)
        txn_add_ctx a.txt note >/dev/null
        txn_resolve_tes >/dev/null
        txn_transition EXECUTE >/dev/null
        txn_commit >/dev/null
      `);

      expect(stderr).toBe("");
      expect(readFileSync(join(folder, "told"), "utf8").split("\n")).toEqual([
        "txn.created NEW",
        "txn.evidence_added 100_note.txt",
        "txn.tes_resolved @dev",
        "txn.stage_changed EXECUTE",
        "txn.stage_changed DONE",
        "",
      ]);
    });

    it("without a bus publish nothing, and say so to nobody", () => {
      const { stdout, stderr, status } = box(shell).run(`
        set -e
        ttm_publish txn.created x NEW; ttm_subscribe txn.created f; ttm_unsubscribe txn.created f
        echo still here
      `);

      expect({ stdout, stderr, status }).toEqual({
        stdout: "still here\n",
        stderr: "",
        status: 0,
      });
    });
  });

  describe.skipIf(!there)("txn_execute", () => {
    it("runs a function of the shell with the evidence, and logs both ends", () => {
      const { folder, run } = box(shell);
      writeFileSync(join(folder, "a.txt"), "content");

      const { stdout, stderr } = run(`
        id=$(txn_create "a b")
        txn_add_ctx a.txt note >/dev/null
        ship() { echo "$1 $(cat "$e1")"; txn_create "another" >/dev/null; }
        txn_execute "" ship now
        echo $?
        txn_events "$id" | grep -o '"event":"step_[a-z]*"'
      `);

      expect({ stdout, stderr }).toEqual({
        stdout: 'now content\n0\n"event":"step_started"\n"event":"step_completed"\n',
        stderr: "",
      });
    });

    it.each([
      ["returns", "return 3"],
      ["exits", "exit 3"],
      ["fails in the middle, under -e", "set -e; sh -c 'exit 3'; echo not reached"],
    ])("records the end of a function that %s", (_what, body) => {
      const { stdout } = box(shell).run(`
        id=$(txn_create "a b")
        ship() { ${body}; }
        txn_execute "$id" ship
        echo $?
        txn_events "$id" step_failed | grep -o '"error":"[^"]*"'
      `);

      expect(stdout).toBe('3\n"error":"exit status 3"\n');
    });

    it("ends a script under -e after it has recorded the end", () => {
      const { run } = box(shell);

      const { stdout, status } = run(`
        set -e
        id=$(txn_create "a b")
        ship() { sh -c 'exit 3'; echo not reached; }
        txn_execute "$id" ship
        echo not reached either
      `);

      expect({ stdout, status }).toEqual({ stdout: "", status: 3 });
      expect(run("txn_events '' step_failed").stdout).toContain("exit status 3");
    });

    it("leaves the options of the shell as they were", () => {
      const { stdout } = box(shell).run(`
        set -eu
        id=$(txn_create "a b")
        before=$-
        ok() { :; }
        txn_execute "$id" ok
        txn_validate "$id" ok
        [ "$before" = "$-" ] && echo same
      `);

      expect(stdout).toBe("same\n");
    });

    it("does not begin where nothing can be recorded", () => {
      const { stdout, status } = box(shell).run(`
        ship() { echo shipped; }
        txn_execute gone ship
      `);

      expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    });
  });

  describe.skipIf(!there)("txn_validate", () => {
    it.each([
      ["true", 0],
      ["false", 1],
      ["return 7", 1],
    ])("of %j is %d", (body, status) => {
      const finished = box(shell).run(`
        id=$(txn_create "a b")
        check() { ${body}; }
        txn_validate "$id" check
      `);

      expect(finished).toEqual({ stdout: "", stderr: "", status });
    });
  });
});
