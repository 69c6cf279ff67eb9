import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { begin, call, callOf, type GatewayBox, gatewayBox, INITIALIZE } from "./gateway-box.ts";

const SOON = { timeout: 20_000, interval: 10 };

/** Says these bytes to the gateway, and hears what comes until it hangs up. */
async function say({ url }: GatewayBox, ...pieces: readonly string[]): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: Number(url.port) });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  for (const piece of pieces) socket.write(piece);
  return text(socket).catch(() => "");
}

/** A request, line by line. */
function lines(first: string, headers: Readonly<Record<string, string>>, body = ""): string {
  const all = { Host: "localhost", Connection: "close", ...headers };
  const fields = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [first, ...fields, "", body].join("\r\n");
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

/** What a client of the SDK would send, with this in it. */
function post(
  secret: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  return lines(
    "POST /mcp HTTP/1.1",
    {
      Authorization: `Bearer ${secret}`,
      Accept: "application/json, text/event-stream",
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  );
}

describe("a request that is not meant for us", () => {
  it.each([
    ["another host's", { Host: "evil.example" }, 403, "FOREIGN_HOST"],
    [
      "one whose name was made to point here",
      { Host: "rebound.example:4444" },
      403,
      "FOREIGN_HOST",
    ],
    ["one that looks like ours", { Host: "localhost.evil.example" }, 403, "FOREIGN_HOST"],
    ["one with a user in front", { Host: "localhost@evil.example" }, 403, "FOREIGN_HOST"],
    ["an empty host's", { Host: "" }, 403, "FOREIGN_HOST"],
    ["a web page's", { Origin: "https://evil.example" }, 403, "FOREIGN_ORIGIN"],
    ["a page's that hides where it is from", { Origin: "null" }, 403, "FOREIGN_ORIGIN"],
    ["another local server's page's", { Origin: "http://localhost:3000" }, 403, "FOREIGN_ORIGIN"],
  ])("is refused: %s", async (_, headers, status, reason) => {
    const box = await gatewayBox();
    const secret = await box.token("agent");

    const answer = await say(box, post(secret, JSON.stringify(INITIALIZE), headers));

    expect(statusOf(answer)).toBe(status);
    expect(answer).toContain(reason);
    expect(answer.toLowerCase()).not.toContain("access-control");
    expect(box.noted("begun")).toBe(0);
  });

  it.each([
    ["/"],
    ["/mcp/"],
    ["//mcp"],
    ["/mcp/../mcp"],
    ["/./mcp"],
    ["/%6dcp"],
    ["/MCP"],
    ["/mcp?token=x"],
    ["/mcp#x"],
    ["http://localhost/mcp"],
    ["/../../etc/passwd"],
    ["/v1/stop"],
    ["*"],
  ])("is refused for its path %s", async (path) => {
    const box = await gatewayBox();
    const secret = await box.token("agent");

    const answer = await say(
      box,
      lines(`POST ${path} HTTP/1.1`, { Authorization: `Bearer ${secret}`, "Content-Length": "0" }),
    );

    expect([400, 404]).toContain(statusOf(answer));
  });

  it.each(["PUT", "HEAD", "OPTIONS", "PATCH", "TRACE"])(
    "is refused for its method %s",
    async (method) => {
      const box = await gatewayBox();

      const answer = await say(
        box,
        lines(`${method} /mcp HTTP/1.1`, { Origin: "http://localhost" }),
      );

      expect(statusOf(answer)).toBe(405);
      expect(answer).toContain("allow: GET, POST, DELETE");
      expect(answer.toLowerCase()).not.toContain("access-control");
    },
  );

  it("is not taken for another one's where a header is given twice", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const twice = "localhost\r\nHost: evil.example";

    for (const headers of [
      { Host: twice },
      { "Mcp-Session-Id": "a\r\nMcp-Session-Id: b" },
      { Authorization: `Bearer ${secret}\r\nAuthorization: Bearer x` },
    ]) {
      const answer = await say(box, post(secret, JSON.stringify(INITIALIZE), headers));
      expect(statusOf(answer)).toBe(400);
    }
  });
});

describe("a request that is no request", () => {
  it.each([
    ["noise", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 400],
    ["huge headers", lines("GET /mcp HTTP/1.1", { "X-Huge": "x".repeat(100_000) }), 431],
    ["ten thousand headers", `GET /mcp HTTP/1.1\r\n${"a: b\r\n".repeat(10_000)}\r\n`, 431],
    [
      "two lengths",
      lines("POST /mcp HTTP/1.1", { "Content-Length": "5\r\nContent-Length: 6" }, "hello"),
      400,
    ],
    [
      "a length and chunks",
      lines(
        "POST /mcp HTTP/1.1",
        { "Content-Length": "5", "Transfer-Encoding": "chunked" },
        "0\r\n\r\n",
      ),
      400,
    ],
  ])("is refused: %s", async (_, bytes, status) => {
    const box = await gatewayBox();

    const answer = await say(box, bytes);

    expect(statusOf(answer)).toBe(status);
    expect(answer).toContain('"jsonrpc":"2.0"');
  });

  it("is left when it is never finished", async () => {
    const box = await gatewayBox();

    const answers = await Promise.all([
      say(box, "GET /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
      say(box, "POST /mcp"),
    ]);

    expect(answers.map(statusOf)).toEqual([408, 408]);
  });

  it("keeps nobody else waiting, however many are half open", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    for (let count = 0; count < 300; count += 1) void say(box, "POST /mcp HTTP/1.1\r\nHost: loc");

    const client = await box.client(secret);

    expect(await call(client, "echo", { words: "hello" })).toBe("hello");
  });
});

describe("a body", () => {
  it.each([
    ["is not JSON", "{", 400],
    ["is not UTF-8", "\xff\xfe", 400],
    ["is empty", "", 400],
    ["is null", "null", 400],
    ["is no message", '{"hello":"world"}', 400],
    ["is an empty batch", "[]", 400],
    ["is a thousand levels deep", `${"[".repeat(1000)}${"]".repeat(1000)}`, 400],
    ["begins no session", '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', 400],
    ["begins one, and has prototypes in it", '{"__proto__":{"method":"initialize"}}', 400],
  ])("that %s is refused, and starts nothing", async (_, body, status) => {
    const box = await gatewayBox();
    const secret = await box.token("agent");

    expect(statusOf(await say(box, post(secret, body)))).toBe(status);
    expect(box.noted("begun")).toBe(0);
  });

  it.each([
    ["is not JSON", "{", 400],
    ["is no message", '{"hello":"world"}', 400],
    [
      "is a million levels deep",
      `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}}`,
      400,
    ],
    ["begins a second session", JSON.stringify(INITIALIZE), 400],
  ])("in a session that %s is refused, and the session goes on", async (_, body, status) => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);

    const answer = await say(box, post(secret, body, session));
    const next = await say(
      box,
      post(secret, JSON.stringify(callOf(2, "echo", { words: "on" })), session),
    );

    expect(statusOf(answer)).toBe(status);
    expect(next).toContain('"on"');
  });

  it("is not read when it says that it is too large", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");

    const answer = await say(box, post(secret, "", { "Content-Length": "5000000000" }));

    expect(statusOf(answer)).toBe(413);
  });

  it("is not read further when it grows too large", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);
    const chunk = `80000\r\n${"x".repeat(0x80000)}\r\n`;
    const head = post(secret, "", { ...session, "Transfer-Encoding": "chunked" }).replace(
      /Content-Length: 0\r\n/,
      "",
    );

    const answer = await say(box, head, ...Array.from({ length: 20 }, () => chunk));

    expect(statusOf(answer)).toBe(413);
  });

  it("is not even asked for without a token", async () => {
    const box = await gatewayBox();

    const answer = await say(
      box,
      post("tetra_wrong", "", { "Content-Length": "1000000", Expect: "100-continue" }),
    );

    expect(statusOf(answer)).toBe(401);
    expect(answer).not.toContain("100 Continue");
  });

  it("is asked for with one", async () => {
    const box = await gatewayBox();
    const body = JSON.stringify(INITIALIZE);

    const answer = await say(box, post(await box.token("agent"), body, { Expect: "100-continue" }));

    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue/);
    expect(answer).toContain("HTTP/1.1 200 OK");
  });

  it("wants to be JSON, and to be said so", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const body = JSON.stringify(INITIALIZE);

    const form = await say(box, post(secret, body, { "Content-Type": "text/plain" }));
    const packed = await say(box, post(secret, body, { "Content-Encoding": "gzip" }));
    const unwanted = await say(box, post(secret, body, { Accept: "text/html" }));

    expect([form, packed, unwanted].map(statusOf)).toEqual([415, 415, 406]);
    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
    expect(box.state().sessions).toBe(0);
  });
});

describe("a session id", () => {
  it.each([
    ["unknown", "00000000-0000-4000-8000-000000000000"],
    ["a path", "../../etc/passwd"],
    ["a name of a prototype", "__proto__"],
    ["huge", "x".repeat(10_000)],
    ["odd", "%00\t'\""],
  ])("that is %s opens nothing", async (_, id) => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const body = JSON.stringify(callOf(1, "who"));

    expect(statusOf(await say(box, post(secret, body, { "Mcp-Session-Id": id })))).toBe(404);
  });
});

describe("a connection", () => {
  it("that ends in the middle of a body costs nothing", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);
    const broken = connect({ host: "127.0.0.1", port: Number(box.url.port) });
    broken.write(post(secret, "{", { ...session, "Content-Length": "1000" }), () => {
      broken.resetAndDestroy();
    });

    const body = JSON.stringify(callOf(2, "echo", { words: "on" }));
    expect(await say(box, post(secret, body, session))).toContain('"on"');
    expect(box.said.join()).not.toContain("failed");
  });

  it("that ends before its answer costs nothing", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);
    for (let id = 1; id <= 20; id += 1) {
      const broken = connect({ host: "127.0.0.1", port: Number(box.url.port) });
      broken.on("error", () => {});
      const body = JSON.stringify(callOf(id, "wait", { ms: 1 }));
      broken.write(post(secret, body, session), () => broken.destroy());
    }

    const body = JSON.stringify(callOf(100, "echo", { words: "on" }));
    expect(await say(box, post(secret, body, session))).toContain('"on"');
  });

  it("may carry many requests one after the other, without a pause", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const session = await begin(box.url, secret);
    const requests = Array.from({ length: 20 }, (_, at) => {
      const connection = at === 19 ? "close" : "keep-alive";
      const body = JSON.stringify(callOf(at, "echo", { words: `no. ${at}` }));
      return post(secret, body, { ...session, Connection: connection });
    });

    const answers = await say(box, requests.join(""));

    expect(answers.match(/"no\. \d+"/g)).toEqual(requests.map((_, at) => `"no. ${at}"`));
  });
});
