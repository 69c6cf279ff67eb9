import fc from "fast-check";
import { expect, it } from "vitest";
import { quoteCommand, quoteLine, quotePath, quoteWord, unitText } from "./unit-text.ts";

/** systemd.syntax(7): words of a line, unquoted; specifiers; then, for commands, variables. */
function readWords(line: string): readonly string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = ""]) =>
    word.replace(/\\(.)/g, "$1").replace(/%(.?)/g, (_both, next: string) => {
      if (next !== "%") throw new Error(`a specifier: %${next}`);
      return "%";
    }),
  );
}

const REFUSED = /[\p{Cc}\p{Cs}]/u;
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...Array.from(" '\"\\%$;{}#=äx\t\n")) }),
);

it("any word is read back as it was, or refused for a control character", () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), (words) => {
      const argv = ["/bin/x", ...words];
      const isRefused = argv.some((word) => REFUSED.test(word));
      const read = (): readonly string[] =>
        readWords(quoteCommand(argv)).map((word) => {
          expect(word.replaceAll("$$", "")).not.toContain("$");
          return word.replaceAll("$$", "$");
        });
      expect(isRefused ? argv : read()).toEqual(argv);
      expect(isRefused).toBe(isThrown(() => quoteCommand(argv)));
    }),
    { numRuns: 500 },
  );
});

it("an assignment is read back as it was, and a dollar sign is none of its business", () => {
  fc.assert(
    fc.property(text, (value) => {
      fc.pre(!REFUSED.test(value));
      expect(readWords(quoteWord(`A=${value}`))).toEqual([`A=${value}`]);
    }),
  );
});

function isThrown(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}

it("a program with a dollar sign in its path is run by a shell, which systemd would look for literally", () => {
  expect(quoteCommand(["/opt/a$b/run", "$x"])).toBe(
    '"/bin/sh" "-c" "exec \\"$$0\\" \\"$$@\\"" "/opt/a$$b/run" "$$x"',
  );
});

it.each([[["run"]], [[]], [["./run"]]])("refuses %j, which is not an absolute path", (argv) => {
  expect(() => quoteCommand(argv)).toThrow(expect.objectContaining({ code: "UNIT_TEXT" }));
});

it.each(["/a\nExecStart=/bin/evil", "/a\r", "/a\u0000", "/a ", "/a\\"])(
  "refuses the folder %j",
  (path) => {
    expect(() => quotePath(path)).toThrow(expect.objectContaining({ code: "UNIT_TEXT" }));
  },
);

it("a description is one line in which nothing is expanded", () => {
  expect(quoteLine(' 100% "of" $HOME \\')).toBe('100%% "of" $HOME');
  expect(() => quoteLine("a\nb")).toThrow(expect.objectContaining({ code: "UNIT_TEXT" }));
});

it("sections stand in the given order", () => {
  expect(unitText("By a test.", [{ heading: "Unit", settings: [["Description", "x"]] }])).toBe(
    "# By a test.\n\n[Unit]\nDescription=x\n",
  );
});
