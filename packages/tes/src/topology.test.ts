import { expect, it } from "vitest";
import { parseTopology } from "./topology.ts";

it("keeps entries as they are, unknown keys included", () => {
  const entries = {
    "@web": { type: "ssh", host: "web.example", user: "deploy", auth_key: "~/.ssh/id", port: 2222 },
    "@local": { type: "local", host: "localhost" },
  };

  expect(parseTopology(JSON.stringify(entries), "topology.json")).toEqual(entries);
});

it.each([
  ['{"@a": {"type": "ssh", "host": "h"},\n  "@b": }', "topology.json:2:9: not JSON"],
  ["", "topology.json:1:1: not JSON"],
  ["[]", "topology.json: it must be an object of symbols"],
  ['{"a": {"type": "ssh", "host": "h"}}', 'topology.json: "a" must begin with @'],
  ['{"@a": 1}', 'topology.json: "@a" must be an object with type and host'],
  [
    '{"@a": {"host": "h"}}',
    'topology.json: "@a.type" must be "local", "ssh", "docker", "podman" or "kubectl"',
  ],
  ['{"@a": {"type": "ssh"}}', 'topology.json: "@a.host" must be text'],
  [
    '{"@a": {"type": "ssh", "host": "-oProxyCommand=x"}}',
    'topology.json: "@a.host" must be one word that does not begin with -',
  ],
])("refuses %j, saying where", (text, message) => {
  expect(() => parseTopology(text, "topology.json")).toThrow(
    expect.objectContaining({ code: "INVALID_TOPOLOGY", message }),
  );
});
