import { execFileSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { expect, it } from "vitest";
import { type SagaBox, sagaBox } from "./saga-box.ts";
import { PROGRAM } from "./ttm.ts";

const ESC = "\u001b[";
const hasScript = canRun("script", "-qec", "true", "/dev/null");

function canRun(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** What a command prints on a terminal of 24 lines and 100 columns. */
async function onTerminal({ env }: SagaBox, args: string): Promise<string> {
  const command = `stty rows 24 cols 100; "${process.execPath}" "${PROGRAM}" ${args}`;
  const { stdout } = await execa("script", ["-qec", command, "/dev/null"], {
    env: { ...env, TERM: "xterm" },
    reject: false,
  });
  return stdout;
}

const SLOW = `saga: slow
steps:
  - name: build
    run: echo "some output"; sleep 0.6
    undo: echo undone
  - parallel: both
    steps:
      - { name: a, run: 'true' }
      - { name: b, run: exit 4 }
`;

it.skipIf(!hasScript)(
  "draws the steps while they run, what they print above them (needs script)",
  async () => {
    const box = sagaBox();
    const file = box.write("slow.yaml", SLOW);
    const shown = await onTerminal(box, `saga run '${file}'`);
    const text = stripVTControlCharacters(shown);

    expect(shown).toContain(`${ESC}J`);
    expect(text).toContain("build │ some output");
    expect(text).toMatch(/● build +running +\d+ms/);
    expect(text).toMatch(/✗ both \(parallel\) +failed/);
    expect(text).toMatch(/↶ build +compensated +\d+ms/);
    expect(text).toMatch(/✗ b +failed +\d+ms +command exited with status 4/);
    expect(text).toContain("Failed: both/b: command exited with status 4");
  },
);

it.skipIf(!hasScript)("has no colour on a terminal with NO_COLOR (needs script)", async () => {
  const box = sagaBox({ NO_COLOR: "1" });
  const shown = await onTerminal(box, `saga run '${box.write("slow.yaml", SLOW)}'`);

  expect(shown).not.toContain(`${ESC}3`); // colours; moving about stays
});

it.skipIf(!hasScript)(
  "leaves out steps of no interest where they do not fit (needs script)",
  async () => {
    const box = sagaBox();
    const steps = Array.from({ length: 40 }, (_, at) => `  - { name: step-${at}, run: 'true' }\n`);
    const file = box.write(
      "many.yaml",
      `saga: many\nsteps:\n${steps.join("")}  - { name: last, run: sleep 0.6 }\n`,
    );
    const text = stripVTControlCharacters(await onTerminal(box, `saga run '${file}'`));

    expect(text).toMatch(/● last +running/);
    expect(text).toContain("… 40 more steps");
    expect(text).toMatch(/✓ step-39/);
  },
);

it.skipIf(!hasScript)(
  "sends no control character of a step to the terminal (needs script)",
  async () => {
    const box = sagaBox();
    const file = box.write(
      "bell.yaml",
      "saga: bell\nsteps: [{ name: b, run: \"printf 'a\\\\033[2Jb\\\\007'\" }]\n",
    );
    const shown = await onTerminal(box, `saga run '${file}'`);

    expect(shown).toContain("a\\u001b[2Jb\\u0007");
    expect(shown).not.toContain("\u0007");
  },
);
