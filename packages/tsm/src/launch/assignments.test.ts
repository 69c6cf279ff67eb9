import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAssignments } from "./assignments.ts";

const VARIABLES = { HOME: "/home/u", OLD: "o 1", EMPTY: "", STAR: "*" };

/** Name and value of everything that the text sets. */
function valuesOf(text: string): Readonly<Record<string, string | readonly string[]>> {
  const assignments = parseAssignments(text, { variables: VARIABLES, where: "x.env" });
  return Object.fromEntries(assignments.map(({ name, value }) => [name, value]));
}

it.each([
  ["PORT=3000", { PORT: "3000" }],
  ["export PORT=3000 # web", { PORT: "3000" }],
  ["#!/usr/bin/env bash\n\nNAME=\"my app\"\nURL='a $b'", { NAME: "my app", URL: "a $b" }],
  ["A=1;B=$A${A}2\nC=${NONE:-x}${EMPTY-y}", { A: "1", B: "112", C: "x" }],
  ["D=${V:=new}", { V: "new", D: "new" }],
  ["A='x'\"y\"z\\ ", { A: "xyz " }],
  ["A=$'a\\tb\\u00e4\\xc3\\xa4'", { A: "a\tbää" }],
  ["A=~/x:~:\\~:'~'", { A: "/home/u/x:/home/u:~:~" }],
  ["A=one\\\ntwo", { A: "onetwo" }],
  ["A=(x \"y z\" $OLD\n  # more\n  'q')", { A: ["x", "y z", "o", "1", "q"] }],
  ["A=(a)\nA+=(b c)\nA+=z\nB=$A", { A: ["az", "b", "c"], B: "az" }],
  ["OLD+=2", { OLD: "o 12" }],
  ["A=\r\nB=2\r\n", { A: "", B: "2" }],
  ["\uFEFFA=1", { A: "1" }],
  ["A=a#b #c", { A: "a#b" }],
  ['A=("" "$EMPTY" $EMPTY \'\')', { A: ["", "", ""] }],
  ["A=\\\n~/x", { A: "/home/u/x" }],
  ["A={a,b}*", { A: "{a,b}*" }],
  ["export A=1 B=x$A", { A: "1", B: "x" }],
])("reads %j as bash would", (text, expected) => {
  expect(valuesOf(text)).toEqual(expected);
});

it("says where a variable was last set, and whether it is exported", () => {
  const text = "A=1\nexport B=2\nA=3\nexport C\nC=4\nexport A\n";
  expect(parseAssignments(text, { variables: {}, where: "x.env" })).toEqual([
    { name: "A", value: "3", line: 3, exported: true },
    { name: "B", value: "2", line: 2, exported: true },
    { name: "C", value: "4", line: 5, exported: true },
  ]);
});

it.each([
  ["A=1\nA=$(date)", 2, "command substitution, $(…)"],
  ['A="x `date`"', 1, "command substitution, `…`"],
  ["A=$((1 + 2))", 1, "arithmetic, $((…))"],
  ["\n\necho hello", 3, "a command, echo"],
  ["A=1 echo x", 1, "a command, echo"],
  ["A = 1", 1, "a command, A"],
  ["f() { :; }", 1, "a function, f()"],
  [". ./other.env", 1, "a command, ."],
  ["if true; then A=1; fi", 1, "a command, if"],
  ["A=1 && B=2", 1, "a command, &&"],
  ["A=x|y", 1, "the operator |"],
  ["A=1 >file", 1, "a command, >file"],
  ["A=x\nB='open\nC=1", 2, "a quote that is not closed, '"],
  ['A="open', 1, 'a quote that is not closed, "'],
  ["A=${V#x}", 1, "an expansion other than ${V}, ${V:-x}, ${V:=x}: ${V#x}"],
  ["A=${V:-x", 1, "a ${ without its }"],
  ['A="${V:-"a\\"b"}"', 1, "a backslash in quotes inside a quoted expansion"],
  ["A=$1", 1, "the shell's own $1"],
  ["A=$RANDOM", 1, "bash's own variable $RANDOM"],
  ["A=(*.js)", 1, "an unquoted file pattern"],
  ["A=($STAR)", 1, "a file pattern in an unquoted variable"],
  ["A=({a,b})", 1, "an unquoted brace"],
  ["A=(a", 1, "an array without its )"],
  ["A[0]=x", 1, "one item of an array, A[0]=x"],
  ["A=~root/x", 1, "another home folder, ~r…"],
  ["export", 1, "export without a name"],
  ["export -n A", 1, "export of something else than NAME or NAME=value"],
  ["A=1;;", 1, "a lone ;"],
  ["A=\0", 1, "a NUL character"],
  ["A=$'\\0'", 1, "a NUL character"],
  ["A=$'\\xff'", 1, "bytes that are no text in UTF-8"],
  ["IFS=,", 1, "IFS, which would change how the rest is read"],
])("refuses %j, with its line", (text, line, what) => {
  expect(() => valuesOf(text)).toThrow(
    expect.objectContaining({
      code: "NOT_ASSIGNMENTS",
      message: `x.env:${line}: ${what}`,
      details: { where: "x.env", line, what },
    }),
  );
});

describe("against bash", () => {
  const hasBash = existsSync("/bin/bash");
  const NAMES = ["A", "B", "V", "OLD"] as const;

  /** What bash has in the variables after each text: nothing can be found on its `PATH`. */
  function bash(texts: readonly string[]): readonly string[] {
    const dump = NAMES.map(
      (name) => `printf '%s\\0' ${name} "\${#${name}[@]}" "\${${name}[@]}"`,
    ).join("; ");
    const script = `while IFS= read -r -d '' text; do (set -a; . /dev/stdin <<<"$text" || echo failed; set +a; ${dump}); printf '\\1'; done`;
    const { stdout, stderr } = spawnSync("/bin/bash", ["--norc", "-c", script], {
      input: texts.map((text) => `${text}\0`).join(""),
      env: { ...VARIABLES, PATH: "/nonexistent", LC_ALL: "C.UTF-8" },
      encoding: "utf8",
      cwd: "/",
    });
    expect(stderr).toBe("");
    return stdout.split("\x01").slice(0, -1);
  }

  /** The same in the words of the parser; `undefined` where it refuses. */
  function ours(text: string): string | undefined {
    const own = read(text);
    if (own === undefined) return undefined;
    const values: typeof own = { OLD: VARIABLES.OLD, ...own };
    return NAMES.map((name) => {
      const value = values[name] ?? [];
      const items = typeof value === "string" ? [value] : value;
      // printf repeats its format: without items there is nothing after the count
      return [name, String(items.length), ...items].map((item) => `${item}\0`).join("");
    }).join("");
  }

  function read(text: string): ReturnType<typeof valuesOf> | undefined {
    try {
      return valuesOf(text);
    } catch {
      return undefined;
    }
  }

  function agreesWithBash(texts: readonly string[]): void {
    const accepted = texts.filter((text) => ours(text) !== undefined);
    expect(bash(accepted)).toEqual(accepted.map((text) => ours(text)));
  }

  const name = fc.constantFrom("A", "B", "V");
  const plain = fc.constantFrom(
    "a",
    "b c",
    "x/y",
    ":",
    "~",
    "=",
    "1",
    "#",
    ",",
    "%",
    "ä",
    "-",
    ".",
  );
  const reference = fc.constantFrom("$A", "${B}", "$V", "$OLD", "${NONE}", "$EMPTY", "${EMPTY}");
  const { word } = fc.letrec<{ word: string; piece: string }>((tie) => ({
    word: fc.array(tie("piece"), { maxLength: 4 }).map((pieces) => pieces.join("")),
    piece: fc.oneof(
      { depthSize: "small" },
      plain.map((text) => text.replace(" ", "\\ ")),
      reference,
      plain.map((text) => `'${text} "$A"'`),
      fc.tuple(plain, reference, plain).map(([a, b, c]) => `"${a}${b}\\"${c}"`),
      plain.map((text) => `$'\\t${text}\\x41\\'\\q'`),
      fc
        .tuple(
          fc.constantFrom("A", "B", "V", "EMPTY", "NONE", "OLD"),
          fc.constantFrom(":-", "-", ":=", "=", ":+", "+"),
          tie("word"),
          fc.boolean(),
        )
        .map(([variable, operator, text, quoted]) => {
          const braced = `\${${variable}${operator}${text}}`;
          return quoted ? `"${braced}"` : braced;
        }),
    ),
  }));
  const value = fc.oneof(
    { weight: 3, arbitrary: word },
    {
      weight: 1,
      arbitrary: fc.array(word, { maxLength: 3 }).map((items) => `(${items.join(" ")})`),
    },
  );
  const statement = fc
    .tuple(fc.constantFrom("", "", "", "export "), name, fc.constantFrom("=", "=", "+="), value)
    .map((parts) => parts.join(""));
  const file = fc
    .array(fc.tuple(statement, fc.constantFrom("\n", ";", " ; ", " # c\n", "\n\n")), {
      minLength: 1,
      maxLength: 4,
    })
    .map((lines) => lines.flat().join(""));

  it.skipIf(!hasBash)(
    "has bash's values for files of assignments, and refuses few of them (needs bash)",
    () => {
      let [all, accepted] = [0, 0];
      fc.assert(
        fc.property(fc.array(file, { minLength: 1, maxLength: 40, size: "max" }), (texts) => {
          all += texts.length;
          accepted += texts.filter((text) => ours(text) !== undefined).length;
          agreesWithBash(texts);
        }),
        { numRuns: 20 },
      );
      expect(accepted / all).toBeGreaterThan(0.5);
    },
  );

  it.skipIf(!hasBash)("has bash's values for any text that it does not refuse (needs bash)", () => {
    const sign = fc.constantFrom(
      ..."AABVab=====+ \t\n;'\"\\${}()-:~#/*[?&|<>!`".split(""),
      ..."A= $A ${A} ${A:- ${V:= $' \\\n A=( export\t".split(" "),
    );
    const text = fc
      .array(sign, { minLength: 1, maxLength: 14 })
      .map((signs) => `A=${signs.join("")}`);
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 300, size: "max" }), agreesWithBash),
      { numRuns: 20 },
    );
  });
});
