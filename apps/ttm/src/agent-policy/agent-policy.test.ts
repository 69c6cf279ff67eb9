import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { agentPolicyJsonSchema, DEFAULT_LIMITS, parseAgentPolicy } from "./agent-policy.ts";

const schema = new URL("../../schemas/agents.schema.json", import.meta.url);
const published: unknown = JSON.parse(readFileSync(schema, "utf8"));
const isValid = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(schema, "utf8")));

const GOOD: readonly { readonly why: string; readonly policy: unknown }[] = [
  { why: "nothing at all", policy: {} },
  { why: "where its schema is", policy: { $schema: "./agents.schema.json" } },
  { why: "a rule that is a list", policy: { allow: [["npm", "ci"]] } },
  {
    why: "a rule with more",
    policy: { allow: [{ run: ["/opt/x", "**"], on: ["@staging"], approval: true }] },
  },
  {
    why: "everything",
    policy: {
      allow: [["npm", "*"]],
      deny: [["git", "push", "**"]],
      shell: false,
      roots: ["/srv/app"],
      targets: ["@local", "@staging"],
      services: ["web-*"],
      approval: { always: false, targets: ["@staging"], services: ["web-1"] },
      variables: ["VERSION"],
      secrets: ["env:TOKEN", "file:/run/secrets/token"],
      limits: { steps: 5, seconds: 60, output_bytes: 1000, evidence_bytes: 1000 },
    },
  },
];

const BAD: readonly { readonly why: string; readonly policy: unknown; readonly says: RegExp }[] = [
  { why: "a list", policy: [], says: /must be an object/ },
  { why: "an unknown key", policy: { alow: [] }, says: /no key "alow": there are .*allow/ },
  {
    why: "an unknown key in a rule",
    policy: { allow: [{ run: ["a"], when: 1 }] },
    says: /allow\.0/,
  },
  { why: "a command as one text", policy: { allow: ["npm ci"] }, says: /allow\.0 must be a list/ },
  { why: "an empty command", policy: { deny: [[]] }, says: /deny\.0 must be a list/ },
  { why: "an empty argument", policy: { deny: [["a", ""]] }, says: /deny\.0\.1 must not be empty/ },
  {
    why: "a target that is no symbol",
    policy: { targets: ["prod"] },
    says: /targets\.0 must be a symbol/,
  },
  {
    why: "a limit of nothing",
    policy: { limits: { steps: 0 } },
    says: /limits\.steps must be at least 1/,
  },
  {
    why: "a secret without a kind",
    policy: { secrets: ["TOKEN"] },
    says: /secrets\.0 must be env:NAME/,
  },
  { why: "shell in words", policy: { shell: "yes" }, says: /shell must be true or false/ },
];

describe("takes", () => {
  it.each(GOOD)("$why", ({ policy }) => {
    expect(() => parseAgentPolicy(JSON.stringify(policy), "agents.json")).not.toThrow();
    expect(isValid(policy)).toBe(true);
  });
});

describe("refuses, with the file and the place,", () => {
  it.each(BAD)("$why", ({ policy, says }) => {
    expect(() => parseAgentPolicy(JSON.stringify(policy), "agents.json")).toThrow(says);
    expect(() => parseAgentPolicy(JSON.stringify(policy), "agents.json")).toThrow(
      /^agents\.json: /,
    );
    expect(isValid(policy)).toBe(false);
  });

  it("what is not JSON", () => {
    expect(() => parseAgentPolicy("{", "agents.json")).toThrow(/^agents\.json: is not JSON/);
  });

  it.each(["relative/root", "./x"])("paths such as %s that depend on where one stands", (path) => {
    expect(() => parseAgentPolicy(JSON.stringify({ roots: [path] }), "f")).toThrow(/absolute/);
    expect(() => parseAgentPolicy(JSON.stringify({ allow: [[path]] }), "f")).toThrow(/absolute/);
  });
});

it("allows nothing that is not written", () => {
  expect(parseAgentPolicy("{}", "agents.json")).toEqual({
    allow: [],
    deny: [],
    shell: false,
    roots: undefined,
    targets: ["@local"],
    services: [],
    approval: { always: false, targets: [], services: [] },
    variables: [],
    secrets: [],
    limits: DEFAULT_LIMITS,
  });
});

// To write it anew, after a build of the packages, here:
//   npx jiti -e 'import("./src/agent-policy/agent-policy.ts").then((m) => console.log(JSON.stringify(m.agentPolicyJsonSchema())))' \
//     >schemas/agents.schema.json && npx oxfmt schemas
it("publishes the schema as the code checks", () => {
  expect(published).toEqual(agentPolicyJsonSchema());
});
