import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { call, connect, gatewayBox, INITIALIZE } from "./gateway-box.ts";

const SOON = { timeout: 15_000, interval: 10 };
const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;
/** A machine may have no IPv6. */
const LOOPBACK: readonly string[] = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .map(({ address }) => address)
  .filter((address) => address === "127.0.0.1" || address === "::1");
const LAST = LOOPBACK.at(-1) ?? "";

/** A certificate of one's own, for localhost. It goes with the test. */
function certificate(): { readonly cert: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), "tetrad-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [cert, key] = [join(folder, "c.pem"), join(folder, "k.pem")];
  const about = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  spawnSync("openssl", ["req", "-x509", ...kind, ...about, "-keyout", key, "-out", cert]);
  return { cert, key };
}

describe("listening", () => {
  it("is on both loopback addresses, and nowhere else", async () => {
    const box = await gatewayBox();

    const { port } = box.url;
    const hosts = LOOPBACK.map((address) => (address === "::1" ? "[::1]" : address));
    expect(box.state().urls.toSorted()).toEqual(
      hosts.map((host) => `http://${host}:${port}/mcp`).toSorted(),
    );
  });

  it("is on neither where one is taken, says so, and begins when it is free", async () => {
    const other = createServer().listen(0, LAST);
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;

    const box = await gatewayBox({ settings: { port } });

    expect(box.state()).toMatchObject({
      urls: [],
      problem: `port ${port} is taken; free it, or choose another: tetrad start --http PORT`,
    });
    other.close();
    await vi.waitFor(() => expect(box.state().urls).toHaveLength(LOOPBACK.length), SOON);
    expect(box.state().problem).toBeUndefined();
  });

  it("is not on another address without TLS or a proxy, whatever the file says", async () => {
    const box = await gatewayBox({ settings: { address: "0.0.0.0" } });

    expect(box.state().urls).toEqual([]);
    expect(box.state().problem).toContain("without TLS, tokens would cross the network");
  });

  it("is not on another address without a token", async () => {
    const box = await gatewayBox({ settings: { address: "0.0.0.0", behindProxy: true } });

    expect(box.state().problem).toContain("there is no token yet");
    const secret = await box.token("agent");
    await vi.waitFor(() => expect(box.state().urls).toHaveLength(1), SOON);
    const local = new URL(`http://127.0.0.1:${new URL(box.state().urls[0] ?? "").port}/mcp`);
    const client = await connect(local, secret);
    expect(await call(client, "echo", { words: "hello" })).toBe("hello");
  });

  it.skipIf(!hasOpenssl)(
    "speaks TLS with a certificate, and nothing else (needs openssl)",
    async () => {
      const tls = certificate();
      const box = await gatewayBox({ settings: { tls } });
      const secret = await box.token("agent");
      const asked = request(box.url, {
        method: "POST",
        ca: readFileSync(tls.cert),
        servername: "localhost",
        agent: false,
        headers: {
          authorization: `Bearer ${secret}`,
          accept: "application/json, text/event-stream",
          "content-type": "application/json",
        },
      });
      asked.end(JSON.stringify(INITIALIZE));
      const [response] = await once(asked, "response");

      expect(box.url.protocol).toBe("https:");
      expect(await text(response)).toContain('"serverInfo"');
      await expect(fetch(box.url.href.replace("https:", "http:"))).rejects.toThrow("fetch failed");
    },
  );

  it("says so when a certificate is not there", async () => {
    const tls = { cert: "/nowhere/c.pem", key: "/nowhere/k.pem" };
    const box = await gatewayBox({ settings: { tls } });

    expect(box.state().problem).toContain("/nowhere/c.pem");
  });

  it("on the daemon's socket is private, and ends when nobody needs it", async () => {
    const box = await gatewayBox({ isOff: true });

    expect(statSync(box.root).mode & 0o077).toBe(0);
    expect(statSync(box.socket).isSocket()).toBe(true);
    expect(statSync(box.socket).mode & 0o777).toBe(0o600);
    expect(box.state().urls).toEqual([]);
    await vi.waitFor(() => expect(box.said).toEqual(["unused"]), SOON);
  });
});
