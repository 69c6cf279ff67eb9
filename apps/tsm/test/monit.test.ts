import { expect, it } from "vitest";
import { hasTmux, inTmux, type TmuxTerminal } from "./tmux.ts";
import { PROGRAM, sandbox } from "./tsm.ts";

type Box = ReturnType<typeof sandbox>;

function monitIn({ env, work }: Box): TmuxTerminal {
  const argv = [process.execPath, PROGRAM, "monit"];
  return inTmux({ argv, env: { ...env, NO_COLOR: "1" }, folder: work, columns: 100, rows: 30 });
}

it.skipIf(!hasTmux)("shows services with their logs, and acts on them (needs tmux)", async () => {
  const box = sandbox();
  await box.ok(
    "start",
    "--name",
    "talker",
    "--",
    "sh",
    "-c",
    "echo hello from talker; exec sleep 1000",
  );
  await box.ok("start", "--name", "quiet", "--", "sleep", "1000");
  const terminal = monitIn(box);

  await terminal.shows(/2 services {2}2 online/);
  await terminal.shows(/▸ \d +quiet.* online/);
  terminal.type("Down");
  await terminal.shows(/▸ \d +talker.* online/);
  await terminal.shows(/LOG talker\S*\n +hello from talker/);
  expect(terminal.screen()).toMatch(/CPU of 100% .*MEMORY of/);

  terminal.type("s");
  await terminal.shows(/▸ \d +talker\S* +stopped/);
  terminal.type("s");
  await terminal.shows(/▸ \d +talker\S* +online/);
  terminal.type("d");
  await terminal.shows(/Delete talker\S* and its logs\?/);
  terminal.type("y");
  await terminal.shows(/1 service {2}1 online/);
});

it.skipIf(!hasTmux)("gives the terminal back as it was (needs tmux)", async () => {
  const terminal = monitIn(sandbox());

  await terminal.shows(/No services yet/);
  terminal.type("q");
  await terminal.shows(/^left 0/m);
  expect(terminal.screen()).not.toContain("tsm monit");
});

it.skipIf(!hasTmux)("is left with Ctrl-C as well (needs tmux)", async () => {
  const terminal = monitIn(sandbox());

  await terminal.shows(/No services yet/);
  terminal.type("C-c");
  await terminal.shows(/^left 0/m);
  expect(terminal.screen()).not.toContain("tsm monit");
});

it.skipIf(!hasTmux)("fills a terminal that becomes another size (needs tmux)", async () => {
  const terminal = monitIn(sandbox());

  await terminal.shows(/^(.*\n){29}↑↓ select/);
  terminal.resize({ columns: 60, rows: 12 });
  // whole: tmux itself shows the end of what was there before
  await terminal.shows(/^tsm monit {2}0 services\n(.*\n){10}↑↓ select/);
  expect(terminal.screen().split("\n")[0]).toBe("tsm monit  0 services");
});

it("says what to do where there is no terminal", async () => {
  const { tsm } = sandbox();

  expect(await tsm("monit")).toMatchObject({
    exitCode: 64,
    stderr: "tsm: monit: this is no terminal\nHint: use: tsm list --watch\n",
  });
});
