import { describe, expect, it } from "vitest";
import { agentBox } from "./agent-box.ts";
import { isWell, line, raw, toolCall } from "./raw-server.ts";

describe("lines that are no messages", () => {
  it("are answered, and the next one is served", async () => {
    const server = raw(agentBox());
    await server.greet();
    const deep = `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    server.write(
      [
        "not json",
        '{"jsonrpc":"2.0","id":1,"method":',
        "null",
        "[]",
        JSON.stringify([{ jsonrpc: "2.0", id: 2, method: "ping" }]),
        '{"jsonrpc":"1.0","id":3,"method":"ping"}',
        '{"jsonrpc":"2.0","id":{},"method":"ping"}',
        '{"jsonrpc":"2.0","id":4,"method":7}',
        deep,
        "",
      ].join("\n"),
    );
    server.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a]));

    expect(await isWell(server)).toBe(true);
    expect(server.replies.flatMap(({ error }) => error?.code ?? [])).toEqual([
      -32_700, -32_700, -32_600, -32_600, -32_600, -32_600, -32_600, -32_600, -32_600, -32_700,
    ]);
  });

  it("that are too long are skipped, and answered with their id", async () => {
    const server = raw(agentBox());
    await server.greet();
    const long = "x".repeat(20_000_000);
    server.write(toolCall("first", "get_transaction", { id: long }));
    server.write(`{"method":"tools/call","params":{"name":"${long}"},"jsonrpc":"2.0","id":77}\n`);

    expect((await server.answer(77)).error?.message).toContain("16777216 bytes");
    expect((await server.answer("first")).error?.code).toBe(-32_600);
    expect(await isWell(server)).toBe(true);
  });

  it("that never end cost nothing but their length, and nothing is kept of them", async () => {
    const server = raw(agentBox());
    await server.greet();
    const chunk = Buffer.alloc(1_000_000, "x");
    for (let count = 0; count < 60; count += 1) server.write(chunk);
    server.write("\n");

    expect(await isWell(server)).toBe(true);
  });
});

describe("a client that keeps to no order", () => {
  it("may use one id twice, answer what was not asked, and take back what was not called", async () => {
    const server = raw(agentBox());
    await server.greet();
    server.write(toolCall(5, "list_transactions", {}).repeat(3));
    server.write(line({ id: 99, result: {} }));
    server.write(line({ id: 98, error: { code: 1, message: "x" } }));
    server.write(line({ method: "notifications/cancelled", params: { requestId: 12_345 } }));
    server.write(line({ method: "notifications/cancelled", params: { requestId: { a: 1 } } }));
    server.write(
      line({ method: "notifications/progress", params: { progressToken: 1, progress: 1 } }),
    );
    server.write(line({ id: 6, method: "no/such/method", params: {} }));

    expect(await isWell(server)).toBe(true);
    expect((await server.answer(6)).error?.code).toBe(-32_601);
    await server.until(() => server.replies.filter(({ id }) => id === 5).length === 3);
  });

  it("may ask before it has said who it is", async () => {
    const server = raw(agentBox());
    server.write(toolCall(1, "list_transactions", {}));

    expect((await server.answer(1)).result ?? (await server.answer(1)).error).toBeDefined();
    expect(await isWell(server)).toBe(true);
  });

  it("is told so when it asks for far too much at once, and served afterwards", async () => {
    const box = agentBox();
    const server = raw(box);
    await server.greet();
    const count = 3000;
    for (let id = 0; id < count; id += 1) server.write(toolCall(id, "list_transactions", {}));
    for (let id = 0; id < count; id += 1) await server.answer(id);

    expect(new Set(server.replies.map(({ id }) => id)).size).toBe(count + 1);
    expect(await isWell(server)).toBe(true);
  });

  it("may stop reading, and go away", async () => {
    const box = agentBox();
    const server = raw(box);
    await server.greet();
    server.child.stdout.pause();
    for (let id = 0; id < 200; id += 1) server.write(line({ id, method: "tools/list" }));
    server.child.stdout.destroy();
    server.child.stdin.end();

    const [code, signal] = await new Promise<readonly unknown[]>((resolve) =>
      server.child.on("close", (...how) => resolve(how)),
    );
    expect([code, signal]).toEqual([0, null]);
  });
});
