import fc from "fast-check";
import { expect, it } from "vitest";
import { editPortsToml } from "./edit-ports-toml.ts";
import { parsePortsConfig } from "./ports-config.ts";

const FILE = `# who has which port
[ports]
devpages = 4000   # the pages
tetra=4444

  "my app" = 8_400
# the end of the names
[port_ranges]
development = [3000, 3999] # [ports]
`;

const portsIn = (text: string): unknown =>
  Object.fromEntries(parsePortsConfig(text, "ports.toml").ports);
const edit = (text: string, name: string, port?: number): string =>
  editPortsToml(text, "ports.toml", { name, port });

it("changes one line and leaves its comment and blanks", () => {
  expect(edit(FILE, "devpages", 4001)).toBe(FILE.replace("4000", "4001"));
  expect(edit(FILE, "my app", 9)).toBe(FILE.replace("8_400", "9"));
});

it("puts a new name after the last one", () => {
  expect(edit(FILE, "arcade", 8401)).toBe(FILE.replace("8_400\n", "8_400\narcade = 8401\n"));
  expect(portsIn(edit(FILE, "a.b c", 8401))).toMatchObject({ "a.b c": 8401 });
});

it("takes one line out", () => {
  expect(edit(FILE, "tetra")).toBe(FILE.replace("tetra=4444\n", ""));
});

it("begins a file, and a table in a file without one", () => {
  expect(edit("", "web", 3001)).toBe("[ports]\nweb = 3001\n");
  expect(edit("# mine\nx = 1\n", "web", 3001)).toBe("# mine\nx = 1\n\n[ports]\nweb = 3001\n");
});

it.each([
  ["a dotted key", "ports.web = 3001\n"],
  ["an inline table", "ports = { web = 3001 }\n"],
  ["a heading inside a text", 'note = """\n[ports]\n"""\n[other]\n'],
])("refuses what no line can change safely: %s", (_what, text) => {
  expect(() => edit(text, "web", 3002)).toThrow(
    expect.objectContaining({ code: "INVALID_PORTS_FILE" }),
  );
});

it("a file that is wrong is told with its line", () => {
  expect(() => edit("[ports]\nweb = \n", "web", 1)).toThrow(/^ports\.toml:2:/);
});

it("reading back what was written gives exactly what was asked for, and every other line stays", () => {
  const name = fc.oneof(
    fc.constantFrom("devpages", "tetra", "my app"),
    fc.string({ minLength: 1 }),
  );
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, port), { maxLength: 6 }), (edits) => {
      let text = FILE;
      const wanted = new Map(parsePortsConfig(FILE, "f").ports);
      for (const [key, value] of edits) {
        text = edit(text, key, value);
        if (value === undefined) wanted.delete(key);
        else wanted.set(key, value);
      }
      expect(new Map(parsePortsConfig(text, "f").ports)).toEqual(wanted);
      for (const line of FILE.split("\n").filter((kept) => /^#|^\[|^dev.*\[/.test(kept))) {
        expect(text.split("\n")).toContain(line);
      }
    }),
  );
});
