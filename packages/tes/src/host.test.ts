import { expect, it } from "vitest";
import { bracketed, isIpv6, withoutBrackets } from "./host.ts";

it.each(["::1", "2001:db8::1", "fe80::1%eth0", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8"])(
  "knows %s for an IPv6 address and gives it brackets",
  (host) => {
    expect(bracketed(host)).toBe(`[${host}]`);
    expect(withoutBrackets(`[${host}]`)).toBe(host);
  },
);

it.each(["10.0.0.1", "web.example", "host:22", "[web]", ""])("does not know %j for one", (host) => {
  expect(isIpv6(host)).toBe(false);
  expect(withoutBrackets(host)).toBe(host);
});
