import { expect, it } from "vitest";
import { checkReach, type HttpSettings, isLoopback, urlOf } from "./settings.ts";

const TLS = { cert: "/c.pem", key: "/k.pem" };

function settings(more: Partial<HttpSettings> = {}): HttpSettings {
  return { port: 4444, hosts: [], behindProxy: false, ...more };
}

it.each([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.0.2.7", false],
  ["127.0.0.1.evil.example", false],
  ["1127.0.0.1", false],
])("%s can be reached by this machine only: %s", (address, isOnly) => {
  expect(isLoopback(address)).toBe(isOnly);
});

it("takes loopback as it is, and another address only with TLS or a proxy, and a token", () => {
  const address = "192.0.2.7";
  const reach = (more: Partial<HttpSettings>, hasTokens: boolean) => () =>
    checkReach(settings(more), { hasTokens });

  expect(reach({}, false)).not.toThrow();
  expect(reach({ address: "::1" }, false)).not.toThrow();
  expect(reach({ address }, true)).toThrow("without TLS");
  expect(reach({ address, tls: TLS }, false)).toThrow("no token yet");
  expect(reach({ address, behindProxy: true }, false)).toThrow("no token yet");
  expect(reach({ address, tls: TLS }, true)).not.toThrow();
  expect(reach({ address, behindProxy: true }, true)).not.toThrow();
});

it("writes addresses as clients want them", () => {
  expect(urlOf("127.0.0.1", 4444, settings())).toBe("http://127.0.0.1:4444/mcp");
  expect(urlOf("::1", 80, settings())).toBe("http://[::1]:80/mcp");
  expect(urlOf("192.0.2.7", 443, settings({ tls: TLS }))).toBe("https://192.0.2.7:443/mcp");
});
