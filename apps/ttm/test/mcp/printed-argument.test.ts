import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentBox } from "./agent-box.ts";

describe("a command with what a step printed as an argument", () => {
  it.each([
    { whose: "an earlier step's output", from: "say" },
    { whose: "its own step's output", from: "do" },
  ])("undoes nothing that the policy does not allow: $whose", async ({ from }) => {
    const box = agentBox();
    box.policy({ allow: [["printf", "**"], ["rm", "-f", "ok-*"], ["false"]] });
    writeFileSync(join(box.work, "precious"), "");
    const { call } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const say = ["printf", "%s", "precious"];
    await call("propose_steps", {
      id,
      steps: [
        { name: "say", run: say },
        { name: "do", run: say, undo: { run: ["rm", "-f", { result_of: from }] } },
        { name: "fail", run: ["false"] },
      ],
    });

    await call("run_steps", { id, wait_seconds: 2 });
    expect(readdirSync(box.work)).toEqual(["precious"]);
  });

  it("is not run when it needs an approval that nobody was asked for", async () => {
    const box = agentBox();
    const approval = { run: ["touch", "*"], approval: true };
    box.policy({ allow: [["printf", "**"], ["touch", "ok"], approval] });
    const { call } = await box.agent();
    const { id } = await call("open_transaction", { description: "x" });
    const say = { name: "say", run: ["printf", "%s", "hit"] };
    const use = { name: "use", run: ["touch", { result_of: "say" }] };
    await call("propose_steps", { id, steps: [say, use] });

    expect(await call("run_steps", { id })).toMatchObject({
      phase: "undone",
      failure: expect.stringContaining("a person has to approve"),
    });
    expect(readdirSync(box.work)).toEqual([]);
  });
});
