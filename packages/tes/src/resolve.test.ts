import { expect, it } from "vitest";
import { endpoints } from "./endpoints.ts";
import { LEVELS } from "./level.ts";
import { planRecord } from "./plan/plan-record.ts";
import { plan, resolve } from "./resolve.ts";
import { readSshConfig } from "./sources/ssh-config.ts";
import { topologySource } from "./sources/topology-source.ts";

const SSH = readSshConfig("config", { read: () => "Host bare\n User me\n", included: () => [] });
const ENDPOINTS = endpoints(
  [
    topologySource(
      JSON.stringify({
        "@dual": {
          type: "ssh",
          host: "203.0.113.10",
          auth_user: "root",
          user: "app",
          auth_key: "~/.ssh/id",
        },
        "@single": { type: "ssh", host: "h", user: "app", auth_key: "/k", port: 2222, jump: "g" },
        "@same": { type: "ssh", host: "h", user: "app", auth_user: "app" },
        "@bare": { type: "ssh", host: "bare" },
        "@six": { type: "ssh", host: "[2001:db8::1]", user: "app" },
        "@half": { type: "ssh", host: "h", auth_user: "root" },
        "@box": { type: "docker", host: "web", user: "app" },
        "@pod": { type: "kubectl", host: "web-0", user: "app" },
        "@evil": { type: "ssh", host: "h$(id)" },
      }),
      "topology.json",
    ),
  ],
  SSH,
);
const OPTIONS = {
  endpoints: ENDPOINTS,
  self: { home: "/home/me", user: "me" },
  path: "~/app/config",
};

const textsOf = (symbol: string) =>
  LEVELS.map((level) => resolve(symbol, { ...OPTIONS, level }).text);

it("climbs with two roles, as the specification writes them", () => {
  expect(textsOf("@dual").slice(0, 7)).toEqual([
    "@dual",
    "203.0.113.10",
    "app@203.0.113.10",
    "root:app@203.0.113.10 -i /home/me/.ssh/id",
    "root:app@203.0.113.10 -i /home/me/.ssh/id",
    "app@203.0.113.10:~/app/config",
    "read(app@203.0.113.10:~/app/config)",
  ]);
});

it.each([
  ["@single", "connector", "app@h -i /k -p 2222 -J g"],
  ["@same", "connector", "app@h"],
  ["@bare", "channel", "me@bare"],
  ["@six", "address", "[2001:db8::1]"],
  ["@six", "locator", "app@[2001:db8::1]:~/app/config"],
  ["@local", "channel", "me@localhost"],
  ["@local", "connector", "me@localhost"],
  ["@local", "locator", "/home/me/app/config"],
  ["@box", "locator", "app@web:~/app/config"],
] as const)("resolves %s to the %s %s", (symbol, level, text) => {
  expect(resolve(symbol, { ...OPTIONS, level }).text).toBe(text);
});

it("keeps at every level the ones below", () => {
  const { binding } = resolve("@dual", { ...OPTIONS, level: "plan" });

  expect(binding.locator.handle.connector.channel.address.symbol.symbol.name).toBe("dual");
});

it.each([
  ["@half", "channel", "root logs in, but nobody says who acts"],
  ["@pod", "connector", "kubectl exec cannot act as another user"],
] as const)("says why %s stops at %s", (symbol, level, reason) => {
  expect(() => resolve(symbol, { ...OPTIONS, level: "plan" })).toThrow(
    expect.objectContaining({
      code: "UNRESOLVED",
      message: expect.stringContaining(`(${level}) not reached: ${reason}`),
    }),
  );
});

it("goes as far as it is asked", () => {
  expect(resolve("@half", { ...OPTIONS, level: "address" }).text).toBe("h");
});

it("wants a path from the locator on", () => {
  expect(() => resolve("@dual", { endpoints: ENDPOINTS, level: "locator" })).toThrow(
    expect.objectContaining({ code: "UNRESOLVED", hint: "name one, such as @dual:~/app/config" }),
  );
});

it.each([
  ["@stagin", "UNKNOWN_SYMBOL", "did you mean @staging?"],
  ["@spaces:x", "FOREIGN_SYMBOL", "give a symbol such as @staging"],
  ["@evil", "INVALID_TARGET", "correct the entry"],
])("refuses %s: %s", (symbol, code, hint) => {
  expect(() => resolve(symbol, { ...OPTIONS, level: "plan" })).toThrow(
    expect.objectContaining({ code, hint }),
  );
});

it.each([
  { operation: "read", path: "a\0" },
  { operation: "execute", command: [] },
  { operation: "execute", command: ["a", "\0"] },
  { operation: "write", path: "x", mode: "rwx" },
  { operation: "write", path: "~" },
  { operation: "write", path: "/", kind: "folder" },
  { operation: "write", path: "a/.." },
] as const)("refuses to plan %j", (doing) => {
  expect(() => plan("@dual", { endpoints: ENDPOINTS, ...doing })).toThrow(
    expect.objectContaining({ code: "INVALID_TEXT" }),
  );
});

it("gives ssh everything as words, and the far shell one", () => {
  const { argv, script } = plan("@single", { ...OPTIONS, operation: "read", path: "it's" });

  expect(argv.slice(0, -1)).toEqual(["ssh", "-p", "2222", "-i", "/k", "-J", "g", "--", "app@h"]);
  expect(script.split("\n").at(-1)).toBe(`exec cat "\${HOME:?}"/'it'\\''s'`);
});

it("lets the work user do the whole, its redirections too", () => {
  const { argv } = plan("@dual", { ...OPTIONS, operation: "write" });

  expect(argv.at(-1)).toMatch(/^exec sudo -n -H -u app -- sh -c '[^]*cat >"\$t"[^]*mv -f[^]*'$/u);
});

it("says in one line what it does", () => {
  expect(plan("@dual", { ...OPTIONS, operation: "execute", command: ["ls", "a b"] }).text).toBe(
    "ssh -i /home/me/.ssh/id -- root@203.0.113.10 as app: execute in '~/app/config': ls 'a b'",
  );
});

it("gives a log what it should say", () => {
  const doing = { operation: "execute", command: ["uptime"] } as const;

  expect(planRecord(plan("@dual", { endpoints: ENDPOINTS, ...doing }))).toEqual({
    symbol: "@dual",
    type: "ssh",
    host: "203.0.113.10",
    auth_user: "root",
    work_user: "app",
    operation: "execute",
    path: ".",
    command: ["uptime"],
    plan: "ssh -i '~/.ssh/id' -- root@203.0.113.10 as app: execute: uptime",
  });
});
