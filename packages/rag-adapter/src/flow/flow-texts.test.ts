import { expect, it } from "vitest";
import { flowPolicy, flowPrompt, promptText } from "./flow-texts.ts";

it("the policy has constraints and the three files to deliver, as MULTICAT", () => {
  for (const part of [
    "## Constraints",
    "## Output contract",
    "plan.json",
    "patch.diff",
    "notes.md",
    "#MULTICAT_START",
  ]) {
    expect(flowPolicy()).toContain(part);
  }
});

it("the prompt is a comment for programs, a blank line, and the description as it was given", () => {
  const prompt = flowPrompt("t-1", "fix $& `x`\n<!-- mine -->");
  expect(prompt).toBe(
    "<!-- rs:intent=edit; rs:scope=code; rs:id=t-1 -->\n\nfix $& `x`\n<!-- mine -->\n",
  );
  expect(promptText(prompt)).toBe("fix $& `x`\n<!-- mine -->\n");
});
