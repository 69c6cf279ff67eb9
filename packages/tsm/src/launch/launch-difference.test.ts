import { expect, it } from "vitest";
import { parseMeta } from "../files/meta.ts";
import { DEFAULT_POLICY } from "../supervise/restart-policy.ts";
import {
  describeChange,
  launchDifference,
  type Launched,
  launchedAs,
} from "./launch-difference.ts";

const BEFORE: Launched = { command: ["serve", "a b"], cwd: "/", environment: { A: "1" } };

function lines(after: Partial<Launched>, before: Partial<Launched> = {}): readonly string[] {
  return launchDifference({ ...BEFORE, ...before }, { ...BEFORE, ...after }).map(describeChange);
}

it("tells nothing of what is the same, defaults included", () => {
  const spelledOut = {
    command: "serve 'a b'",
    stopSignal: "SIGTERM",
    stopTimeoutMs: 10_000,
    restartPolicy: DEFAULT_POLICY,
    care: {},
  } as const;
  expect(lines({})).toEqual([]);
  expect(lines({ ...spelledOut, command: BEFORE.command })).toEqual([]);
  expect(lines({ environment: { A: "1", SHLVL: "3" } })).toEqual([]);
});

it("tells what is new, gone, and another", () => {
  expect(
    lines({
      command: ["serve"],
      port: 3000,
      care: { cron: "@daily" },
      restartPolicy: { ...DEFAULT_POLICY, restart: "always" },
      environment: { B: "2" },
    }),
  ).toEqual([
    "command: serve 'a b' -> serve",
    "port: 3000 (new)",
    "restart restart: no -> always",
    "care cron: @daily (new)",
    "environment A: 1 (gone)",
    "environment B: 2 (new)",
  ]);
});

it("masks secrets, and still tells that they changed", () => {
  const before = { API_KEY: "abc", URL: "pg://u:pw@h/d", PLAIN: "x" };
  const after = { API_KEY: "abd", URL: "pg://u:qw@h/d", PLAIN: "y" };
  expect(lines({ environment: after }, { environment: before })).toEqual([
    "environment API_KEY: ******** -> ********",
    "environment PLAIN: x -> y",
    "environment URL: pg://u:********@h/d -> pg://u:********@h/d",
  ]);
  expect(
    lines(
      { command: ["serve", "--token", "b", "--db-password=c"] },
      { command: "API_KEY=a serve --token b; x" },
    ),
  ).toEqual([
    "command: /bin/sh -c 'API_KEY=******** serve --token ********; x' -> serve --token '********' '--db-password=********'",
  ]);
});

it("masks long texts in no time", () => {
  const long = `KEY${"KEY".repeat(20_000)}`;
  expect(lines({ environment: { A: long } })).toEqual([`environment A: 1 -> ${long}`]);
});

it("compares with what is written about a service", () => {
  const meta = parseMeta(JSON.stringify({ argv: ["serve", "a b"], cwd: "/", port: "none" }), "x");
  expect(launchDifference(launchedAs(meta, { A: "1" }), BEFORE)).toEqual([]);
});

it("tells probes and waits in words", () => {
  const health = {
    probe: { type: "http", url: "http://127.0.0.1:3000/health" },
    intervalMs: 10_000,
    timeoutMs: 5000,
    failures: 3,
    successes: 1,
    graceMs: 0,
  } as const;
  const ready = { type: "command", command: ["test", "-e", "a b"] } as const;
  const dependsOn = [{ name: "db", condition: "healthy" }] as const;
  expect(
    lines({ care: { health, dependsOn } }, { care: { ready, health: { ...health, failures: 4 } } }),
  ).toEqual([
    "care ready: test -e 'a b' (gone)",
    "care health: http://127.0.0.1:3000/health, interval 10s, timeout 5s, failures 4, successes 1, grace 0s -> http://127.0.0.1:3000/health, interval 10s, timeout 5s, failures 3, successes 1, grace 0s",
    "care dependsOn: db:healthy (new)",
  ]);
});
