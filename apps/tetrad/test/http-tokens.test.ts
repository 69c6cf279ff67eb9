import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { removeToken, tokensPath } from "../src/tokens/token-file.ts";
import { readUses } from "../src/tokens/token-uses.ts";
import { begin, call, callOf, gatewayBox, INITIALIZE, send } from "./gateway-box.ts";

const SOON = { timeout: 15_000, interval: 10 };
const MINUTE_MS = 60_000;

describe("a token", () => {
  it("is wanted of everybody", async () => {
    const box = await gatewayBox();
    const response = await fetch(box.url, { method: "POST" });

    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="tetra"');
    expect(await response.json()).toMatchObject({ error: { data: { reason: "TOKEN_REQUIRED" } } });
  });

  it.each([
    ["unknown", "tetra_x"],
    ["empty", ""],
    ["very long", "x".repeat(10_000)],
    ["two", "a b"],
  ])("that is %s opens nothing", async (_, secret) => {
    const box = await gatewayBox();
    await box.token("agent");

    const response = await send(box.url, secret, { body: INITIALIZE });

    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(box.noted("begun")).toBe(0);
  });

  it("is no password, and no cookie", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const basic = Buffer.from(`agent:${secret}`).toString("base64");

    const asPassword = await send(box.url, "", { headers: { authorization: `Basic ${basic}` } });
    const inCookie = await fetch(box.url, {
      method: "POST",
      headers: { cookie: `token=${secret}` },
    });
    const inUrl = await fetch(`${box.url.href}?token=${secret}`, { method: "POST" });

    expect([asPassword.status, inCookie.status, inUrl.status]).toEqual([401, 401, 404]);
  });

  it("ends at its time, with what was begun", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent", { expiresAtMs: box.clock.now + MINUTE_MS });
    const client = await box.client(secret);

    box.clock.now += MINUTE_MS;

    await expect(call(client, "echo", { words: "?" })).rejects.toThrow("token");
    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
    expect((await send(box.url, secret, { body: INITIALIZE })).status).toBe(401);
  });

  it("that is revoked counts no more from that moment, also for what is under way", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    await box.token("other");
    const client = await box.client(secret);
    const underWay = call(client, "wait", { ms: 60_000 });
    underWay.catch(() => {});
    await call(client, "echo", { words: "begun" });

    await removeToken(box.place, "agent");

    expect((await send(box.url, secret, { body: INITIALIZE })).status).toBe(401);
    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
  });

  it("that may do something else now begins anew", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    await box.client(secret);
    const path = tokensPath(box.root);

    writeFileSync(path, readFileSync(path, "utf8").replace('"operate"', '"read"'));
    chmodSync(path, 0o600);

    await vi.waitFor(() => expect(box.servers()).toBe(0), SOON);
    const client = await box.client(secret);
    expect(JSON.parse(await call(client, "who")).args).toContain("read");
  });

  it("does not open the sessions of another one", async () => {
    const box = await gatewayBox();
    const mine = await begin(box.url, await box.token("mine"));
    const theirs = await box.token("theirs");

    for (const method of ["POST", "GET", "DELETE"]) {
      const response = await send(box.url, theirs, {
        method,
        headers: mine,
        ...(method === "POST" ? { body: callOf(1, "who") } : {}),
      });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: { data: { reason: "UNKNOWN_SESSION" } },
      });
    }
    expect(box.state().sessions).toBe(1);
  });

  it("is noted to have been used", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    await box.token("idle");

    await begin(box.url, secret);

    await vi.waitFor(() => expect([...readUses(box.root).keys()]).toEqual(["agent"]), SOON);
  });

  it.each([
    ["others may write to", (path: string) => chmodSync(path, 0o620), "others may write to it"],
    ["is broken", (path: string) => writeFileSync(path, "{"), "it is not JSON"],
    [
      "has other things in it",
      (path: string) => writeFileSync(path, '{"tokens":[1]}'),
      "tokens.0 must be an object",
    ],
  ])("in a file that %s does not count, and the log says why", async (_, spoil, why) => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    await begin(box.url, secret);

    spoil(tokensPath(box.root));

    expect((await send(box.url, secret, { body: INITIALIZE })).status).toBe(401);
    expect(box.said.join("\n")).toContain(why);
  });
});
