import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { type EventOrigin, type MonitorEvent, parseEvent } from "./event.ts";
import { parseTriggers, triggerEnvironment } from "./trigger.ts";

const ORIGIN: EventOrigin = { service: "web", stream: "out", offset: 0, atMs: 0, precisionMs: 0 };

function eventWith(data: string): MonitorEvent {
  const event = parseEvent("TETRA:CLICK:BUTTON", ORIGIN);
  if (event === undefined) throw new Error("no event");
  return { ...event, data };
}

/** What the command of a trigger prints for an event. */
function outputOf(command: string, event: MonitorEvent): string {
  const [trigger] = parseTriggers(`CLICK|${command}|x|true`, "triggers.conf");
  return execFileSync("/bin/sh", ["-c", trigger?.script ?? "exit 9"], {
    encoding: "utf8",
    env: { ...triggerEnvironment(event) },
  });
}

it("reads names, commands, descriptions and whether they are enabled", () => {
  const text = "# mine\n\nCLICK|echo {TOKEN} | cat|counts clicks|true\nPAY:*|pay.sh|pays|no\n";

  expect(parseTriggers(text, "triggers.conf")).toMatchObject([
    { name: "CLICK", command: "echo {TOKEN} | cat", description: "counts clicks", isEnabled: true },
    { name: "PAY:*", command: "pay.sh", isEnabled: false, line: 4 },
  ]);
});

it.each([
  ["CLICK", "triggers.conf:1: this is no trigger"],
  ["CLICK|echo", "triggers.conf:1: this is no trigger"],
  ["CLICK||x|true", "triggers.conf:1: this is no trigger"],
  ["CLICK|echo|x|maybe", 'triggers.conf:1: "maybe" does not say whether it is enabled'],
  ["CLICK|echo $(echo {DATA})|x|true", "a placeholder cannot be in a command with $("],
  ["CLICK|echo `echo {DATA}`|x|true", "a placeholder cannot be in a command with `"],
  ["CLICK|cat <<E {DATA}|x|true", "a placeholder cannot be in a command with <<"],
])("refuses %s", (line, message) => {
  expect(() => parseTriggers(line, "triggers.conf")).toThrow(message);
});

it("fills in token, data and time", () => {
  const output = outputOf("echo {TOKEN} at {TIMESTAMP}: {DATA}", eventWith("user=ada"));

  expect(output).toBe("TETRA:CLICK:BUTTON at 1970-01-01T00:00:00.000Z: user=ada\n");
});

it("hands on what a service printed as one word, wherever it stands, and never as shell", () => {
  const places = fc.constantFrom(
    "{DATA}",
    '"{DATA}"',
    "'{DATA}'",
    "''{DATA}\"\"",
    '"\'"{DATA}"\'"',
  );
  const pieces = [
    "'",
    '"',
    "`",
    "$(echo x)",
    ";",
    "\\",
    "\n",
    " *",
    "${HOME}",
    "|",
    "&",
    "é",
    "{DATA}",
  ];
  const data = fc.oneof(
    fc.string({ unit: fc.constantFrom(...pieces) }),
    fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", "")),
  );
  fc.assert(
    fc.property(places, data, (place, text) => {
      const strays = place.includes('"\'"') ? "'" : "";

      expect(outputOf(`printf "%s." a ${place} b`, eventWith(text))).toBe(
        `a.${strays}${text}${strays}.b.`,
      );
    }),
    { numRuns: 150 },
  );
});

it("offers the same as variables, for commands within commands", () => {
  const event = eventWith("a  b\0$(c)");

  expect(outputOf('echo "$(echo "$TETRA_SERVICE $TETRA_DATA")"', event)).toBe(
    "web a  b\u{fffd}$(c)\n",
  );
});
