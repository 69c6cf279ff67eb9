import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, describe, onTestFinished, vi } from "vitest";
import { call, callOf, connect, INITIALIZE } from "./gateway-box.ts";
import { installed } from "./installed.ts";
import { type Box, type Came, logOf, specOf, tetradBox } from "./tetrad-box.ts";

const SOON = { timeout: 20_000, interval: 10 };

interface HttpBox extends Box {
  readonly socket: () => string;
  readonly servers: () => number;
  readonly url: () => Promise<URL>;
  readonly token: (name: string, ...more: readonly string[]) => Promise<string>;
}

function httpBox(): HttpBox {
  const { program, told } = installed();
  const box = tetradBox({}, program);
  const noted = (word: string): number =>
    readFileSync(told, { encoding: "utf8", flag: "a+" })
      .split("\n")
      .filter((line) => line.startsWith(word)).length;
  return {
    ...box,
    socket() {
      const path = join(box.folder, "runtime/daemon/tetrad.json");
      const record: { readonly socket: string } = JSON.parse(readFileSync(path, "utf8"));
      return record.socket;
    },
    servers: () => noted("begun") - noted("ended"),
    async url() {
      const { http } = JSON.parse((await box.tetrad("status", "--json")).out);
      return new URL(http.urls[0]);
    },
    token: async (name, ...more) => (await box.tetrad("token", "create", name, ...more)).out.trim(),
  };
}

/** What has this folder in its environment and this in its command line. */
async function ask(
  socketPath: string,
  sent: { method?: string; path?: string; headers?: Record<string, string>; body?: unknown },
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  const { method = "POST", path = "/mcp", headers = {}, body } = sent;
  const asked = request({
    socketPath,
    method,
    path,
    agent: false,
    headers: {
      host: "localhost",
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...headers,
    },
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asked, "response");
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const jsonOf = ({ out }: Came): Readonly<Record<string, unknown>> => JSON.parse(out);

describe("tetrad start --http", () => {
  it("serves agents, says where, and stays so for the daemons after it", async () => {
    const box = httpBox();

    const started = await box.tetrad("start", "--http", "0");
    expect(started.out).toMatch(
      /^tetrad started \(pid \d+\)\nagents: http:\/\/127\.0\.0\.1:\d+\/mcp.* \(0 sessions\)\n$/,
    );
    expect(started.err).toContain("tetrad token create");
    process.kill(await box.pid(), "SIGKILL");
    await box.tetrad("start");

    await vi.waitFor(async () => {
      expect(jsonOf(await box.tetrad("status", "--json"))["http"]).toMatchObject({
        urls: expect.arrayContaining([expect.stringContaining("http://127.0.0.1:")]),
      });
    }, SOON);
    const secret = await box.token("agent", "--mode", "operate");
    const client = await connect(await box.url(), secret);
    expect(await call(client, "echo", { words: "hello" })).toBe("hello");
    expect(jsonOf(await box.tetrad("status", "--json"))["http"]).toMatchObject({ sessions: 1 });
  });

  it("begins and ends in a daemon that runs", async () => {
    const box = httpBox();
    await box.tetrad("start");
    const pid = await box.pid();

    const on = jsonOf(await box.tetrad("start", "--http", "0", "--json"));
    const off = jsonOf(await box.tetrad("start", "--no-http", "--json"));

    expect(on).toMatchObject({
      pid,
      started: false,
      http: { urls: expect.arrayContaining([expect.stringContaining("/mcp")]) },
    });
    expect(off).toMatchObject({ pid, started: false });
    expect(off["http"]).toBeUndefined();
    expect(readFileSync(join(box.root, "config/tetrad.json"), "utf8")).toBe("{}\n");
  });

  it("is for the foreground, too", async () => {
    const box = httpBox();
    const running = box.tetrad("run", "--http", "0");
    await vi.waitFor(async () => expect(await box.url()).toBeInstanceOf(URL), SOON);

    const client = await connect(await box.url(), await box.token("agent"));
    expect(await call(client, "echo", { words: "hello" })).toBe("hello");

    await box.tetrad("stop");
    expect(await running).toMatchObject({
      status: 0,
      out: expect.stringContaining("looks after"),
      err: expect.stringContaining("agents are served at http://127.0.0.1:"),
    });
    expect(box.servers()).toBe(0);
  });

  it("is off when nobody asks for it", async () => {
    const box = httpBox();
    await box.tetrad("start");

    expect(jsonOf(await box.tetrad("status", "--json"))["http"]).toBeUndefined();
    expect(existsSync(join(box.root, "config"))).toBe(false);
  });

  it("says when its port is taken, and looks after services all the same", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const box = httpBox();

    const started = await box.tetrad("start", "--http", port);

    expect(started).toMatchObject({
      status: 1,
      err: expect.stringContaining(`port ${port} is taken`),
    });
    expect((await box.tetrad("status")).out).toContain(
      `warning: agents are not served over HTTP: port`,
    );
    await box.services.start(specOf("web", ["sleep", "10000"]));
    const before = box.services.observe("web").observed.main?.pid ?? 0;
    process.kill(before, "SIGKILL");
    await vi.waitFor(() => {
      const { main } = box.services.observe("web").observed;
      expect(main !== undefined && main.pid !== before).toBe(true);
    }, SOON);
    other.close();
    await vi.waitFor(async () => expect(await box.url()).toBeInstanceOf(URL), SOON);
  });

  it.each([
    [["start", "--http", "99999"], 64, "is no port"],
    [["start", "--http", "x"], 64, "is no port"],
    [["start", "4444"], 64, "goes with --http"],
    [["start", "--behind-proxy"], 64, "goes with --http"],
    [["start", "--http", "--no-http"], 64, "exclude"],
    [["start", "--http", "--tls-cert", "c.pem"], 64, "go together"],
    [["start", "--http", "--address", "0.0.0.0"], 77, "without TLS"],
    [["start", "--http", "--address", "0.0.0.0", "--behind-proxy"], 77, "there is no token yet"],
    [["run", "--http", "--address", "192.0.2.7"], 77, "without TLS"],
  ])("refuses %j, and changes nothing", async (words, status, why) => {
    const box = tetradBox();

    expect(await box.tetrad(...words)).toMatchObject({ status, err: expect.stringContaining(why) });

    expect(existsSync(join(box.root, "config/tetrad.json"))).toBe(false);
    expect((await box.tetrad("status")).status).toBe(1);
  });

  it("says what is wrong with settings that a person wrote", async () => {
    const box = httpBox();
    await box.tetrad("start", "--http", "0");
    writeFileSync(join(box.root, "config/tetrad.json"), '{"http":{"prot":4444}}');
    await box.tetrad("stop");
    await box.tetrad("start");

    await vi.waitFor(async () => {
      expect((await box.tetrad("status")).out).toContain(
        'tetrad.json: http has no key "prot"; there are port,',
      );
    }, SOON);
    expect((await box.tetrad("start", "--http", "0")).status).toBe(65);
  });
});

describe("the daemon's socket", () => {
  it("serves the user without a token, and with no port open", async () => {
    const box = httpBox();
    await box.tetrad("start");

    const begun = await ask(box.socket(), { body: INITIALIZE });
    const headers = { "mcp-session-id": String(begun.headers["mcp-session-id"]) };
    const who = await ask(box.socket(), { headers, body: callOf(1, "who") });

    expect(begun.status).toBe(200);
    expect(who.body).toContain('mcp\\",\\"--mode\\",\\"operate');
    expect(box.servers()).toBe(1);
    expect((await box.tetrad("status", "--json")).out).toContain('"urls": []');
    const ended = await ask(box.socket(), { method: "DELETE", headers });
    expect(ended.status).toBe(200);
    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
  });

  it("refuses web pages there, too", async () => {
    const box = httpBox();
    await box.tetrad("start");

    const origin = await ask(box.socket(), { headers: { origin: "http://localhost" } });
    const host = await ask(box.socket(), { headers: { host: "evil.example" } });

    expect([origin.status, host.status]).toEqual([403, 403]);
  });
});

describe("dying", () => {
  it("of the daemon by SIGKILL leaves no server behind, and no port", async () => {
    const box = httpBox();
    await box.tetrad("start", "--http", "0");
    const secret = await box.token("agent");
    const url = await box.url();
    await Promise.all(Array.from({ length: 5 }, () => connect(url, secret)));
    expect(box.servers()).toBe(5);

    process.kill(await box.pid(), "SIGKILL");

    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("of the daemon in order does neither", async () => {
    const box = httpBox();
    await box.tetrad("start", "--http", "0");
    await connect(await box.url(), await box.token("agent"));

    await box.tetrad("stop");

    expect(box.servers()).toBe(0);
  });

  it("of the gateway is noticed: it is started again, and services never knew", async () => {
    const box = httpBox();
    await box.tetrad("start", "--http", "0");
    const secret = await box.token("agent");
    const daemon = await box.pid();
    await connect(await box.url(), secret);

    process.kill(gatewayOf(daemon), "SIGKILL");

    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
    await vi.waitFor(async () => {
      const client = await connect(await box.url(), secret);
      expect(await call(client, "echo", { words: "again" })).toBe("again");
    }, SOON);
    expect(await box.pid()).toBe(daemon);
    expect(logOf(box.folder)).toContain("what serves agents has ended (SIGKILL)");
  });
});

/** The child of a daemon that is its gateway. */
function gatewayOf(daemon: number): number {
  const children = readFileSync(`/proc/${daemon}/task/${daemon}/children`, "utf8");
  const pid = children
    .trim()
    .split(" ")
    .find((each) => readFileSync(`/proc/${each}/cmdline`, "utf8").includes("gateway.cjs"));
  return Number(pid);
}
