import { describe, expect, it } from "vitest";
import { begin, callOf, gatewayBox, INITIALIZE, send } from "./gateway-box.ts";

const MINUTE_MS = 60_000;

describe("limits", () => {
  it("keep the number of sessions, and one that ends makes room", async () => {
    const box = await gatewayBox({ limits: { all: 2 } });
    const secret = await box.token("agent");
    const first = await begin(box.url, secret);
    await begin(box.url, secret);

    const refused = await send(box.url, secret, { body: INITIALIZE });
    await send(box.url, secret, { method: "DELETE", headers: first });

    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await refused.json()).toMatchObject({
      error: { data: { reason: "TOO_MANY_SESSIONS" } },
    });
    await begin(box.url, secret);
    expect(box.state().sessions).toBe(2);
  });

  it("leave one token what others do not use up", async () => {
    const box = await gatewayBox({ limits: { ofOneCaller: 1 } });
    const greedy = await box.token("greedy");
    await begin(box.url, greedy);

    expect((await send(box.url, greedy, { body: INITIALIZE })).status).toBe(503);
    await begin(box.url, await box.token("modest"));
  });

  it("let what a client left behind give way to the next one", async () => {
    const box = await gatewayBox({ limits: { ofOneCaller: 2 } });
    const secret = await box.token("agent");
    const oldest = await begin(box.url, secret);
    box.clock.now += 10;
    const younger = await begin(box.url, secret);
    box.clock.now += MINUTE_MS;

    await begin(box.url, secret);

    const asked = { body: callOf(1, "echo", { words: "?" }) };
    expect((await send(box.url, secret, { ...asked, headers: oldest })).status).toBe(404);
    expect((await send(box.url, secret, { ...asked, headers: younger })).status).toBe(200);
  });

  it("hold under a thousand clients that begin at once, and nothing is left of them", async () => {
    const box = await gatewayBox({ limits: { all: 8 } });
    const secret = await box.token("agent");

    const all = await Promise.all(
      Array.from({ length: 1000 }, () =>
        send(box.url, secret, { body: INITIALIZE }).then(
          async (response) => (await response.text(), response.status),
          () => "not connected",
        ),
      ),
    );

    expect(new Set(all)).toEqual(new Set([200, 503, "not connected"]));
    expect(all.filter((status) => status === 200)).toHaveLength(8);
    expect(box.noted("begun")).toBe(8);
    await box.gateway.close();
    expect(box.servers()).toBe(0);
  });

  it("let a request id be used once at a time", async () => {
    const box = await gatewayBox();
    const secret = await box.token("agent");
    const headers = await begin(box.url, secret);
    const slow = send(box.url, secret, { headers, body: callOf(1, "wait", { ms: 300 }) });
    await slow;

    const again = await send(box.url, secret, { headers, body: callOf(1, "echo", { words: "?" }) });

    expect(again.status).toBe(400);
    expect(await (await slow).text()).toContain("waited");
  });
});
