import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Agent, agentBox, making, PERMISSIVE } from "./agent-box.ts";

async function jsonAt({ client }: Agent, uri: string): Promise<unknown> {
  const { contents } = await client.readResource({ uri });
  const [first] = contents;
  return JSON.parse(first !== undefined && "text" in first ? first.text : "null");
}

describe("resources", () => {
  it("are what can be read: lists, transactions, logs, evidence", async () => {
    const box = agentBox();
    box.policy(PERMISSIVE);
    const agent = await box.agent();
    const { id } = await agent.call("open_transaction", { description: "look at me" });
    await agent.call("add_evidence", { id, description: "notes", text: "näh\n" });

    const { resources } = await agent.client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      "tetra://transactions",
      "tetra://services",
      `tetra://transactions/${id}`,
    ]);
    expect(await jsonAt(agent, "tetra://transactions")).toMatchObject([
      { id, description: "look at me" },
    ]);
    expect(await jsonAt(agent, "tetra://services")).toEqual([]);
    expect(await jsonAt(agent, `tetra://transactions/${id}`)).toMatchObject({ id, phase: "open" });
    expect(await jsonAt(agent, `tetra://transactions/${id}/events?limit=1`)).toMatchObject({
      events: [{ event: "txn_start", agent: "tester" }],
      total: 4,
      next_offset: 1,
    });
    expect(await jsonAt(agent, `tetra://transactions/${id}/events?offset=3`)).toMatchObject({
      events: [{ event: "evidence_added" }],
    });
    const uri = `tetra://transactions/${id}/evidence/100_notes.md`;
    expect((await agent.client.readResource({ uri })).contents).toEqual([
      { uri, mimeType: "text/plain", text: "näh\n", _meta: { bytes: 5 } },
    ]);
  });

  it("of files come in pages of whole characters, or as bytes", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const { id } = await agent.call("open_transaction", { description: "x" });
    await agent.call("add_evidence", { id, description: "text", text: "aäöü€z" });
    box.write("work/raw.bin", Buffer.from([0xff, 0, 1, 2]).toString("latin1"));
    const page = (offset: number, limit: number): Promise<unknown> =>
      agent.call("read_transaction_file", {
        id,
        from: "evidence",
        name: "100_text.md",
        offset,
        limit,
      });

    expect(await page(0, 4)).toMatchObject({ text: "aä", next_offset: 3, bytes: 11 });
    expect(await page(3, 1)).toMatchObject({ text: "ö", next_offset: 5 });
    expect(await page(7, 100)).toMatchObject({ text: "€z" });
    expect(await page(1000, 5)).toMatchObject({ text: "" });
  });

  it("are named by templates, and completed", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const { id } = await agent.call("open_transaction", { description: "complete me" });
    await agent.call("add_evidence", { id, description: "notes", text: "x" });
    const { resourceTemplates } = await agent.client.listResourceTemplates();
    const complete = (
      uri: string,
      name: string,
      value: string,
      given = {},
    ): Promise<readonly string[]> =>
      agent.client
        .complete({
          ref: { type: "ref/resource", uri },
          argument: { name, value },
          context: { arguments: given },
        })
        .then(({ completion }) => completion.values);
    const evidence = "tetra://transactions/{id}/evidence/{name}{?offset,limit}";

    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      "tetra://transactions/{id}",
      "tetra://transactions/{id}/events{?offset,limit}",
      evidence,
      "tetra://services/{name}/logs{?lines}",
    ]);
    expect(await complete("tetra://transactions/{id}", "id", "compl")).toEqual([id]);
    expect(await complete(evidence, "name", "1", { id })).toEqual(["100_notes.md"]);
    expect(await complete(evidence, "name", "2", { id })).toEqual([]);
  });

  it("of many transactions are listed in pages, newest first", async () => {
    const box = agentBox();
    const agent = await box.agent();
    const open = Array.from({ length: 120 }, (_, at) =>
      agent.call("open_transaction", { description: `number ${at}` }),
    );
    await Promise.all(open);

    const first = await agent.client.listResources({ cursor: "0" });
    expect(first.resources).toHaveLength(100);
    expect(first.nextCursor).toBe("100");
    const all = await agent.client.listResources();
    expect(new Set(all.resources.map(({ uri }) => uri)).size).toBe(122);
    const ids: string[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const more = cursor === "" ? {} : { cursor };
      const page: Readonly<Record<string, unknown>> = await agent.call("list_transactions", {
        limit: 50,
        ...more,
      });
      const { transactions, next_cursor: next } = page;
      const shown: readonly unknown[] = Array.isArray(transactions) ? transactions : [];
      ids.push(...shown.map((each) => String(Object(each).id)));
      cursor = typeof next === "string" ? next : undefined;
    }
    expect(new Set(ids).size).toBe(120);
    expect(ids).toHaveLength(120);
  });
});

describe.each([
  { mode: "operate", era: "legacy" },
  { mode: "read", era: "legacy" },
  { mode: "operate", era: "modern" },
] as const)("a client that follows in mode $mode ($era)", ({ mode, era }) => {
  it("is told of new transactions, and of changes of those it named", async () => {
    const box = agentBox();
    const id = (await box.ok("create", "followed")).trim();
    const other = (await box.ok("create", "not followed")).trim();
    const { client } = await box.agent({ mode, era });
    const updated = new Set<string>();
    const told = { list: 0 };
    let heard = (): void => {};
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
      updated.add(params.uri);
      heard();
    });
    client.setNotificationHandler("notifications/resources/list_changed", () => {
      told.list += 1;
      heard();
    });
    const uri = `tetra://transactions/${id}`;
    if (era === "modern")
      await client.listen({ resourceSubscriptions: [uri], resourcesListChanged: true });
    else await client.subscribeResource({ uri });

    // until it follows nobody promises to be told
    for (let count = 0; !updated.has(uri) || told.list === 0; count += 1) {
      await box.ok("update", id, JSON.stringify({ count }));
      await box.ok("update", other, JSON.stringify({ count }));
      await box.ok("create", `another ${count}`);
      await Promise.race([
        new Promise<void>((resolve) => (heard = resolve)),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ]);
    }
    expect([...updated]).toEqual([uri]);
  });
});

describe("prompts", () => {
  it("are there for the usual jobs, with what was given in them and the rules", async () => {
    const box = agentBox();
    const { client } = await box.agent();
    const { prompts } = await client.listPrompts();

    expect(prompts.map(({ name }) => name)).toEqual([
      "deploy",
      "backup",
      "rotate_key",
      "fix_with_patch",
      "investigate_service",
      "undo",
    ]);
    for (const { name, arguments: [argument] = [] } of prompts) {
      const { messages } = await client.getPrompt({
        name,
        arguments: { [argument?.name ?? ""]: "the given" },
      });
      const text = JSON.stringify(messages);
      expect(messages).toHaveLength(1);
      expect(text).toContain("the given");
      expect(text).toContain("You cannot approve");
    }
  });

  it("complete what there is", async () => {
    const box = agentBox();
    const id = (await box.ok("create", "old deploy")).trim();
    const { client } = await box.agent();
    const { completion } = await client.complete({
      ref: { type: "ref/prompt", name: "undo" },
      argument: { name: "transaction", value: "old" },
    });

    expect(completion.values).toEqual([id]);
  });

  it("name only tools that there are", async () => {
    const box = agentBox();
    const { client } = await box.agent();
    const tools = new Set((await client.listTools()).tools.map(({ name }) => name));
    const { prompts } = await client.listPrompts();
    for (const { name, arguments: [argument] = [] } of prompts) {
      const { messages } = await client.getPrompt({
        name,
        arguments: { [argument?.name ?? ""]: "x" },
      });
      const named = JSON.stringify(messages).match(/\b[a-z]+_[a-z_]+\b/gu) ?? [];
      expect(named.filter((each) => !tools.has(each))).toEqual([]);
    }
  });
});

it("keeps every read in the log of calls, and reading changes no transaction", async () => {
  const box = agentBox();
  const id = (await box.ok("create", "a person's")).trim();
  const before = await box.ok("events", id);
  const agent = await box.agent({ mode: "read", name: "reader" });
  await agent.call("get_transaction", { id });
  await jsonAt(agent, `tetra://transactions/${id}`);
  await agent.client.getPrompt({ name: "investigate_service", arguments: { service: "web" } });
  await agent.call("read_log", { id, event: "txn_start" });

  expect(await box.ok("events", id)).toBe(before);
  const log = readFileSync(join(box.root, "ttm/logs/agents.ndjson"), "utf8").trim().split("\n");
  const called = log.map((line) => JSON.parse(line)).filter(({ event }) => event === "called");
  expect(called).toMatchObject([
    { agent: "reader", kind: "tool", name: "get_transaction" },
    { agent: "reader", kind: "resource", name: `tetra://transactions/${id}` },
    { agent: "reader", kind: "prompt", name: "investigate_service", input: '{"service":"web"}' },
    { agent: "reader", kind: "tool", name: "read_log" },
  ]);
});

it("says that somebody made a step, wherever people look", async () => {
  const box = agentBox();
  box.policy(PERMISSIVE);
  const { call } = await box.agent({ name: "claude" });
  const { id } = await call("open_transaction", { description: "x" });
  await call("propose_steps", { id, steps: [making("one")] });
  await call("run_steps", { id });

  expect(await box.ok("events", id, "signal_received")).toContain('"by":"claude (agent)"');
  expect(JSON.stringify(await box.json("show", id))).toContain('"agent":"mcp:claude"');
});
