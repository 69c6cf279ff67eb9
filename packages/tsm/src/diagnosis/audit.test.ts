import { expect, it } from "vitest";
import { auditIssues, type AuditedDefinition } from "./audit.ts";

const definition = (name: string, more: Partial<AuditedDefinition> = {}): AuditedDefinition => ({
  path: `/a/${name}.tsm`,
  name,
  isExecutable: true,
  warnings: [],
  ...more,
});
const whats = (facts: Partial<Parameters<typeof auditIssues>[0]>): readonly string[] =>
  auditIssues({ folders: [], definitions: [], links: [], ...facts }).map(({ what }) => what);

it("what is as it should be is no issue", () => {
  const facts = {
    folders: [{ path: "/a", isThere: true }],
    definitions: [
      definition("web", { port: 3000 }),
      definition("api", { port: 3001 }),
      definition("job"),
    ],
    links: [{ path: "/e/web.tsm", kind: "link" } as const],
  };

  expect(whats(facts)).toEqual([]);
});

it("each thing that is not counts as one issue", () => {
  const facts = {
    folders: [{ path: "/a", isThere: false }],
    definitions: [
      definition("web", { port: 3000 }),
      definition("twin", { port: 3000 }),
      definition("db", { port: 5432 }),
      definition("bad", { wrong: "TSM_COMMAND is missing" }),
      definition("mode", { isExecutable: false }),
    ],
    links: [
      { path: "/e/gone.tsm", kind: "broken" },
      { path: "/e/copy.tsm", kind: "other" },
    ] as const,
  };

  expect(whats(facts)).toEqual([
    "the folder is not there",
    "port 5432 belongs to the system",
    "TSM_COMMAND is missing",
    "is not executable",
    "the link points to nothing",
    "is no link",
    "port 3000 is declared by web too",
  ]);
});
