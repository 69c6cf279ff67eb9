import { connect as connectTo } from "node:net";
import { Client } from "@modelcontextprotocol/client";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { begin, call, callOf, gatewayBox, INITIALIZE, send, transportTo } from "./gateway-box.ts";

const SOON = { timeout: 15_000, interval: 10 };
const MINUTE_MS = 60_000;

describe("a session", () => {
  it("is a server of its own, started for what the token allows", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent", { mode: "read" }));

    const who = JSON.parse(await call(client, "who"));

    expect(who).toMatchObject({
      args: ["mcp", "--mode", "read"],
      cwd: box.root,
      tetraDir: box.root,
    });
    expect(box.state().sessions).toBe(1);
  });

  it("tells its server nothing of the token", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const client = await box.client(secret);

    expect(await call(client, "who")).not.toContain(secret);
    expect(box.said.join()).not.toContain(secret);
  });

  it("is not shared: two clients have two servers", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const clients = [await box.client(secret), await box.client(secret)];

    const pids = await Promise.all(
      clients.map(async (client) => JSON.parse(await call(client, "who")).pid),
    );

    expect(new Set(pids).size).toBe(2);
  });

  it("ends with its server when the client says so", async () => {
    const box = await gatewayBox();
    const transport = transportTo(box.url, await box.token("agent"));
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(transport);

    await transport.terminateSession();

    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
    expect(box.noted("ended 0")).toBe(1); // asked, not killed
    expect(box.state().sessions).toBe(0);
    await client.close();
  });

  it("answers many requests at once, each with its own answer", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));
    const words = Array.from({ length: 30 }, (_, at) => `words ${at}`);

    expect(await Promise.all(words.map((each) => call(client, "echo", { words: each })))).toEqual(
      words,
    );
  });

  it("passes large messages both ways", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));
    const words = "ä".repeat(1_500_000);

    expect(await call(client, "echo", { words })).toBe(words);
    expect(await call(client, "big", { bytes: 8_000_000 })).toHaveLength(8_000_000);
  });

  it("tells of progress where its request waits", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));
    const seen: number[] = [];

    await client.callTool(
      { name: "steps", arguments: { count: 20 } },
      { onprogress: ({ progress }) => seen.push(progress) },
    );

    expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });

  it("tells what no request is waiting for", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));
    const told = new Promise<string>((resolve) => {
      client.setNotificationHandler("notifications/tools/list_changed", ({ method }) => {
        resolve(method);
      });
    });

    await call(client, "later");

    expect(await told).toBe("notifications/tools/list_changed");
  });

  it("lets the server ask while it answers", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));
    client.setRequestHandler("elicitation/create", async () => ({
      action: "accept",
      content: { yes: true },
    }));

    expect(await call(client, "ask")).toBe("true");
  });

  it("is not confused by what its server says besides", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));

    expect(await call(client, "noise")).toBe("made");
    expect(await call(client, "echo", { words: "still there" })).toBe("still there");
  });

  it("serves clients that ask for a newer protocol first", async () => {
    const box = await gatewayBox();
    const client = new Client(
      { name: "test", version: "1.0.0" },
      { versionNegotiation: { mode: "auto" } },
    );
    onTestFinished(() => client.close());

    await client.connect(transportTo(box.url, await box.token("agent")));

    expect(await call(client, "echo", { words: "hello" })).toBe("hello");
  });

  it("goes on where a connection broke: what was said meanwhile comes after it", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);
    const headers = { ...session, "mcp-protocol-version": "2025-11-25" };
    const breaking = new AbortController();
    const broken = await fetch(box.url, {
      method: "POST",
      headers: {
        ...headers,
        authorization: `Bearer ${secret}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
      },
      body: JSON.stringify(callOf(1, "wait", { ms: 100 })),
      signal: breaking.signal,
    });
    const { value } = (await broken.body?.getReader().read()) ?? {};
    const [, eventId = ""] = /^id: (\d+)$/m.exec(new TextDecoder().decode(value)) ?? [];
    breaking.abort();

    await vi.waitFor(
      async () => {
        const resumed = await send(box.url, secret, {
          method: "GET",
          headers: { ...headers, "last-event-id": eventId },
        });
        expect(await resumed.text()).toContain('"waited"');
      },
      { ...SOON, timeout: 10_000 },
    );
  });

  it("ends when nobody was connected for half an hour, and not before", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    await begin(box.url, secret);
    await box.client(secret); // connected: it listens

    box.clock.now += 31 * MINUTE_MS;

    await vi.waitFor(() => expect(box.servers()).toBe(1), SOON);
    expect(box.state().sessions).toBe(1);
  });

  it("does not stay when its client left before it had begun", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const leaving = new AbortController();
    const response = await fetch(box.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${secret}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
      },
      body: JSON.stringify(INITIALIZE),
      signal: leaving.signal,
    });
    expect(response.status).toBe(200);

    leaving.abort();

    await expect(response.text()).rejects.toThrow("aborted");
    await vi.waitFor(() => expect(box.state().sessions).toBe(0), SOON);
  });

  it("ends its server even when that does not want to", async () => {
    const box = await gatewayBox({ environment: { STUBBORN: "1" } });
    const client = await box.client(await box.token("agent"));
    const { pid }: { pid: number } = JSON.parse(await call(client, "who"));

    await box.gateway.close();

    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

describe("a server that fails", () => {
  it("is told to whoever waits, and its session does not exist any more", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));

    await expect(call(client, "die")).rejects.toThrow("it ended with status 7: it hurts");

    await expect(call(client, "echo", { words: "?" })).rejects.toThrow("there is no such session");
    expect(box.state().sessions).toBe(0);
  });

  it("leaves in the log that it ended, and nothing of what it said", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));
    await call(client, "die").catch(() => {});

    expect(box.said.join("\n")).toContain("it ended with status 7");
    expect(box.said.join("\n")).not.toContain("hurts");
  });

  it("says why when it cannot begin", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent", { policy: "/nowhere/policy.yaml" });

    await expect(box.client(secret)).rejects.toThrow("status 65: policy.yaml: line 3 is wrong");
  });

  it("says so when there is no ttm", async () => {
    const box = await gatewayBox({ ttm: ["/nowhere/ttm"] });

    await expect(box.client(await box.token("agent"))).rejects.toThrow("cannot be started");
    expect(box.state().sessions).toBe(0);
  });

  it("is ended when it says more at once than is kept", async () => {
    const box = await gatewayBox();
    const client = await box.client(await box.token("agent"));

    await expect(call(client, "flood", { bytes: 11_000_000 })).rejects.toThrow("in one message");

    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
  });

  it("that does not read is sent no more, until it does", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);
    const who = await send(box.url, secret, { headers: session, body: callOf(1, "who") });
    const [, pid = ""] = /\\"pid\\":(\d+)/.exec(await who.text()) ?? [];
    const other = await box.client(secret);
    const notice = { method: "notifications/x", params: { words: "x".repeat(3_000_000) } };
    const body = { jsonrpc: "2.0", ...notice };
    let taken = 0;

    process.kill(Number(pid), "SIGSTOP");
    const all = Array.from({ length: 12 }, async () => {
      const { status } = await send(box.url, secret, { headers: session, body });
      taken += 1;
      return status;
    });
    await vi.waitFor(() => expect(taken).toBeGreaterThan(0), SOON);
    for (let count = 0; count < 50; count += 1) await call(other, "echo", { words: "next" });
    const takenMeanwhile = taken;
    process.kill(Number(pid), "SIGCONT");

    expect(await Promise.all(all)).toEqual(Array.from({ length: 12 }, () => 202));
    expect(takenMeanwhile).toBeLessThan(4);
  });

  it("waits while a client does not read, so that nothing piles up", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);
    const body = JSON.stringify(callOf(1, "tell", { count: 1000, bytes: 100_000 }));
    const slow = connectTo(Number(box.url.port), "127.0.0.1");
    onTestFinished(() => void slow.destroy());
    slow.pause();
    slow.write(
      [
        "POST /mcp HTTP/1.1",
        "Host: localhost",
        `Authorization: Bearer ${secret}`,
        "Accept: application/json, text/event-stream",
        "Content-Type: application/json",
        `Mcp-Session-Id: ${session["mcp-session-id"]}`,
        `Content-Length: ${body.length}`,
        "",
        body,
      ].join("\r\n"),
    );
    let before = -1;
    await vi.waitFor(
      () => {
        const told = box.noted("told");
        const isStill = told > 0 && told === before;
        before = told;
        expect(isStill).toBe(true);
      },
      { timeout: 30_000, interval: 500 },
    );
    expect(box.noted("told")).toBeLessThan(500);

    slow.resume();

    await vi.waitFor(() => expect(box.noted("told")).toBe(1000), SOON);
  });
});
