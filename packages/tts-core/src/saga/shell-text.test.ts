import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shellText } from "./shell-text.ts";
import { templateParts } from "./template.ts";

const compiled = (text: string): string => {
  const parts = templateParts(text);
  return typeof parts === "string" ? parts : shellText(parts, (place) => `V_${place}`);
};

/** What a command prints when the place `x` has this value. */
function output(command: string, value: string, shell = "sh"): string {
  const env = { PATH: process.env["PATH"], V_x: value, HOME: "/home/h" };
  return execFileSync(shell, ["-c", compiled(command)], { env, encoding: "utf8" });
}

const NASTY = `a  b'c"d;touch /tmp/h-never $(touch /tmp/h-never) \`touch /tmp/h-never\` * \\ \${HOME} #`;

it.each([
  ["make V=${x}", 'make V="${V_x}"'],
  ['echo "at ${x}"', 'echo "at ${V_x}"'],
  ["echo 'at ${x}'", `echo 'at '"\${V_x}"''`],
  ['echo "$(date ${x} ")" )${x}"', 'echo "$(date "${V_x}" ")" )${V_x}"'],
  ["echo $${HOME} $HOME ${x}", 'echo ${HOME} $HOME "${V_x}"'],
  ["# it's ${x}\necho ${x}", '# it\'s ${V_x}\necho "${V_x}"'],
  ["echo a#b' ${x}'", `echo a#b' '"\${V_x}"''`],
  ["cat <<END\n'${x}'\nEND\necho ${x}", `cat <<END\n'\${V_x}'\nEND\necho "\${V_x}"`],
  [
    "cat <<-A <<B; echo ${x}\n\tA\n${x} A\nB\n${x}",
    'cat <<-A <<B; echo "${V_x}"\n\tA\n${V_x} A\nB\n"${V_x}"',
  ],
  ["cat <<<${x}", 'cat <<<"${V_x}"'],
  ["(cd ${x}) && echo $((1 + (2))) ${x}", '(cd "${V_x}") && echo $((1 + (2))) "${V_x}"'],
])("turns %j into %j", (text, expected) => {
  expect(compiled(text)).toBe(expected);
});

it.each([
  ["echo `date ${x}`", "${x} inside `…` cannot take a value"],
  ["echo $((1 + ${x}))", "${x} inside $((…)) cannot take a value"],
  ["cat <<'END'\n${x}\nEND", "${x} in a quoted here-document cannot take a value"],
  ["echo \\${x}", "\\ before a place cannot take a value"],
])("refuses %j: %s", (text, message) => {
  expect(() => compiled(text)).toThrow(message);
});

describe("a value in a command", () => {
  // every way to stand in a command, and what goes around the value when it is printed
  const places: readonly [string, string, string][] = [
    ["printf %s ${x}", "", ""],
    ["printf %s pre${x}post", "pre", "post"],
    ['printf %s "pre ${x} post"', "pre ", " post"],
    ["printf %s 'pre ${x} post'", "pre ", " post"],
    [`printf %s "it's"\${x}'"'`, "it's", '"'],
    ['printf %s "$(printf %s ${x}; echo .)"', "", "."],
    ["printf %s a\\ b${x}", "a b", ""],
    ['y=${x}; printf %s "$y"', "", ""],
    ["# don't\nprintf %s ${x}", "", ""],
    ["(printf %s ${x})", "", ""],
    ["if [ -n ${x} ] || true; then printf %s ${x}; fi", "", ""],
    ['printf %s "$${none:-its}"${x}', "its", ""],
  ];
  // what a variable cannot hold is a NUL; $(…) cuts newlines at the end off
  const value = fc.oneof(
    fc.constant(NASTY),
    fc.string({
      unit: fc.constantFrom(...`ab '"\\$(){};&|<>*?#~!-=\`\t`.split("")),
      maxLength: 12,
    }),
    fc
      .string({ unit: "grapheme", maxLength: 8 })
      .map((text) => text.replaceAll(/[\0\n]|\p{Surrogate}/gu, "_")),
  );

  it.each(places)("is one word, as it is, in %j", (command, before, after) => {
    fc.assert(
      fc.property(value, (given) => {
        expect(output(command, given)).toBe(`${before}${given}${after}`);
      }),
      { numRuns: 25 },
    );
  });

  const hasBash = spawnSync("bash", ["--version"]).error === undefined;

  it.skipIf(!hasBash)("is one word in bash, too (needs bash)", () => {
    for (const [command, before, after] of places) {
      expect(output(command, NASTY, "bash")).toBe(`${before}${NASTY}${after}`);
    }
  });

  it("is put into here-documents", () => {
    expect(output("cat <<END\n<'${x}'>\nEND\n", NASTY)).toBe(`<'${NASTY}'>\n`);
  });

  it("is never run, whatever the command looks like", () => {
    const command = fc.string({
      unit: fc.constantFrom(
        "${x}",
        "$(",
        ")",
        "(",
        '"',
        "'",
        "\\",
        "#",
        "\n",
        " ",
        "<<E",
        "E",
        "`",
        "a",
        ";",
      ),
      maxLength: 12,
    });
    const attack = "$(echo RUN >&2);echo RUN >&2;`echo RUN >&2`\n'\"echo RUN >&2\necho RUN >&2 #";
    fc.assert(
      fc.property(command, (text) => {
        let ready: string;
        try {
          ready = compiled(text);
        } catch {
          return;
        }
        const env = { PATH: "/nonexistent", V_x: attack };
        const { stderr } = spawnSync("/bin/sh", ["-c", ready], {
          env,
          encoding: "utf8",
          input: "",
        });

        // what ran would write it at the start of a line; the shell's complaints only quote it
        expect(stderr).not.toMatch(/^RUN$/m);
      }),
      { numRuns: 300 },
    );
  });
});

it("is read in time that grows with its length", () => {
  const long = `${"echo 'a' \"$(b)\" <<E\nx\nE\n".repeat(5000)}\${x}`;

  expect(compiled(long)).toMatch(/"\$\{V_x\}"$/);
});
