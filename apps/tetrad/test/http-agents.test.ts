import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/client";
import { execa } from "execa";
import { describe, expect, it, vi } from "vitest";
import { call, connect, INITIALIZE } from "./gateway-box.ts";
import { type Box, specOf, tetradBox } from "./tetrad-box.ts";

// the programs as they are installed: tetrad, and beside it the ttm that serves agents
const SOON = { timeout: 20_000, interval: 10 };
const hasCurl = spawnSync("curl", ["--version"]).error === undefined;

interface Served {
  readonly box: Box;
  readonly url: URL;
  /** Makes a token. */
  readonly token: (name: string, mode: "read" | "operate") => Promise<string>;
}

async function served(): Promise<Served> {
  const box = tetradBox();
  const { out } = await box.tetrad("start", "--http", "0", "--json");
  const { http }: { readonly http: { readonly urls: readonly string[] } } = JSON.parse(out);
  return {
    box,
    url: new URL(http.urls[0] ?? ""),
    token: async (name, mode) =>
      (await box.tetrad("token", "create", name, "--mode", mode)).out.trimEnd(),
  };
}

async function toolsOf(client: Client): Promise<readonly string[]> {
  const { tools } = await client.listTools();
  return tools.map(({ name }) => name);
}

/** The processes that serve agents of a data root. */
function serversOf({ root }: Box): readonly number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^[0-9]+$/.test(pid)) return [];
    try {
      const isIt = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("ttm.cjs\0mcp");
      return isIt && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TETRA_DIR=${root}\0`)
        ? [Number(pid)]
        : [];
    } catch {
      return []; // it has just ended
    }
  });
}

describe("an agent over HTTP", () => {
  it("opens a transaction with a token that may, and the folder is there", async () => {
    const { box, url, token } = await served();
    const client = await connect(url, await token("agent", "operate"));

    const said = await call(client, "open_transaction", { description: "restart the api" });

    const [, id = ""] = /^Opened (\S+)$/m.exec(said) ?? [];
    const folders = readdirSync(box.root, { recursive: true, encoding: "utf8" });
    expect(folders.some((path) => path.endsWith(`${id}/events.ndjson`))).toBe(true);
    expect(await call(client, "get_transaction", { id })).toContain("open");
  });

  it("only looks with one that may not", async () => {
    const { box, url, token } = await served();
    const client = await connect(url, await token("ci", "read"));

    expect(await toolsOf(client)).not.toContain("open_transaction");
    await expect(call(client, "open_transaction", { description: "x" })).rejects.toThrow(
      "not found",
    );
    await expect(call(client, "stop_service", { id: "x", name: "web" })).rejects.toThrow(
      "not found",
    );
    expect(existsSync(join(box.root, "ttm/txns"))).toBe(false);
  });

  it("sees the services that the daemon looks after", async () => {
    const { box, url, token } = await served();
    await box.services.start(specOf("web", ["sleep", "10000"]));
    const client = await connect(url, await token("ci", "read"));

    expect(await call(client, "list_services")).toContain("web");
  });

  it("is out at once when its token is revoked", async () => {
    const { box, url, token } = await served();
    const client = await connect(url, await token("agent", "operate"));
    expect(serversOf(box)).toHaveLength(1);

    await box.tetrad("token", "revoke", "agent");

    await expect(toolsOf(client)).rejects.toThrow("does not count");
    await vi.waitFor(() => expect(serversOf(box)).toEqual([]), SOON);
  });

  it("leaves nothing behind when the daemon is killed", async () => {
    const { box, url, token } = await served();
    const secret = await token("agent", "operate");
    await Promise.all(Array.from({ length: 3 }, () => connect(url, secret)));
    expect(serversOf(box)).toHaveLength(3);

    process.kill(await box.pid(), "SIGKILL");

    await vi.waitFor(() => expect(serversOf(box)).toEqual([]), SOON);
  });

  it("is shown with its last use", async () => {
    const { box, url, token } = await served();
    await connect(url, await token("agent", "operate"));

    await vi.waitFor(async () => {
      const { tokens } = JSON.parse((await box.tetrad("token", "list", "--json")).out);
      expect(tokens).toMatchObject([{ name: "agent", last_used_at_ms: expect.any(Number) }]);
    }, SOON);
  });
});

describe("a crowd", () => {
  it("does not keep the daemon from starting a service again", async () => {
    const { box, url } = await served();
    await box.services.start(specOf("web", ["sleep", "10000"]));
    const over = new AbortController();
    let answered = 0;
    const crowd = Array.from({ length: 50 }, async () => {
      while (!over.signal.aborted) {
        const { status } = await fetch(url, { method: "POST", body: "{}" });
        if (status === 401) answered += 1;
      }
    });
    await vi.waitFor(() => expect(answered).toBeGreaterThan(100), SOON);

    for (let round = 0; round < 5; round += 1) {
      const before = box.services.observe("web").observed.main?.pid ?? 0;
      process.kill(before, "SIGKILL");
      await vi.waitFor(
        () => {
          const { main } = box.services.observe("web").observed;
          expect(main !== undefined && main.pid !== before).toBe(true);
        },
        { timeout: 10_000, interval: 1 },
      );
    }
    over.abort();
    await Promise.all(crowd);
  });
});

describe.skipIf(!hasCurl)("curl", () => {
  const HEADERS = [
    "-H",
    "Accept: application/json, text/event-stream",
    "-H",
    "Content-Type: application/json",
  ];

  it("talks over HTTP with a token (needs curl)", async () => {
    const { url, token } = await served();
    const bearer = `Authorization: Bearer ${await token("curl", "read")}`;

    const { stdout } = await execa("curl", [
      "-sS",
      "-D",
      "-",
      url.href,
      ...HEADERS,
      "-H",
      bearer,
      "-d",
      JSON.stringify(INITIALIZE),
    ]);

    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(stdout).toMatch(/^mcp-session-id: \S+/m);
    expect(stdout).toContain('"serverInfo":{"name":"tetra"');
  });

  it("talks over the daemon's socket without one (needs curl)", async () => {
    const { box } = await served();
    const path = join(box.folder, "runtime/daemon/tetrad.json");
    const { socket }: { readonly socket: string } = JSON.parse(readFileSync(path, "utf8"));

    const { stdout } = await execa("curl", [
      "-sS",
      "--unix-socket",
      socket,
      "http://localhost/mcp",
      ...HEADERS,
      "-d",
      JSON.stringify(INITIALIZE),
    ]);

    expect(stdout).toContain('"serverInfo":{"name":"tetra"');
  });

  it("is told in words why it is refused (needs curl)", async () => {
    const { url } = await served();

    const { stdout } = await execa("curl", ["-sS", "-w", "%{http_code}", url.href]);

    expect(stdout).toContain("a token is required; tetrad token create NAME makes one");
    expect(stdout).toMatch(/401$/);
  });
});
