import { expect, it } from "vitest";
import { policyFile, requestFile } from "./default-files.ts";

it("the policy has constraints and names the three files to deliver", () => {
  for (const part of [
    "## Constraints",
    "## Output contract",
    "plan.json",
    "output.log",
    "notes.md",
  ]) {
    expect(policyFile()).toContain(part);
  }
});

it("the request has description and target as they were given, and two criteria", () => {
  const description = "deploy $& `id`\n# not a heading of ours";
  const text = requestFile(description, "@$1");
  expect(text).toContain(`# Request\n\n${description}\n`);
  expect(text).toContain("## Target\n\n@$1\n");
  expect(text.split("## Acceptance criteria")[1]?.match(/^- \[ \]/gm)).toHaveLength(2);
});
