import { describe, expect, it } from "vitest";
import { BASE } from "../../test/fake-launch-host.ts";
import type { ServiceCare } from "../care/service-care.ts";
import { careOf } from "./care-options.ts";
import type { LaunchRequest } from "./launch-request.ts";
import { probeOption } from "./probe-option.ts";
import { restartPolicyOf } from "./restart-options.ts";

function care(options: Partial<LaunchRequest>): ServiceCare | undefined {
  return careOf({ ...BASE, words: ["x"], ...options }, { port: 3000, folder: "/srv/app" });
}

describe("a probe", () => {
  it.each([
    ["http://h:1/x", { type: "http", url: "http://h:1/x" }],
    ["/health?x=1", { type: "http", url: "http://127.0.0.1:3000/health?x=1" }],
    ["tcp", { type: "tcp", host: "127.0.0.1", port: 3000 }],
    ["tcp://db:5432", { type: "tcp", host: "db", port: 5432 }],
    ["tcp:5432", { type: "tcp", host: "127.0.0.1", port: 5432 }],
    ["tcp://[::1]:80", { type: "tcp", host: "::1", port: 80 }],
    [":5432", { type: "tcp", host: "127.0.0.1", port: 5432 }],
    ["./check.sh now", { type: "command", command: ["./check.sh", "now"] }],
    ["test -f x && y", { type: "command", command: ["/bin/sh", "-c", "test -f x && y"] }],
    ["/usr/bin/check all", { type: "command", command: ["/usr/bin/check", "all"] }],
  ])("may be %s", (text, probe) => {
    expect(probeOption("--health", text, 3000)).toEqual(probe);
  });

  it.each(["", " ", "http://", "tcp://db", "tcp://db:99999"])("cannot be %j", (text) => {
    expect(() => probeOption("--health", text, 3000)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });

  it.each(["tcp", "/health"])("%s needs a port", (text) => {
    expect(() => probeOption("--ready", text, undefined)).toThrow(
      expect.objectContaining({ hint: "say on which port: nothing tells the service's" }),
    );
  });
});

describe("care", () => {
  it("is nothing when nobody asks for any", () => {
    expect(care({})).toBeUndefined();
    expect(care({ watch: false })).toBeUndefined();
  });

  it("watches the folder, or what is named, from where it was typed", () => {
    expect(care({ watch: true })?.watch).toEqual({ paths: ["/srv/app"], ignore: [] });
    expect(care({ watch: ["src,/etc/x"], watchIgnore: ["dist/**"] })?.watch).toEqual({
      paths: ["/srv/backend/src", "/etc/x"],
      ignore: ["dist/**"],
    });
  });

  it("is a definition's, with single options over it", () => {
    const probe = { type: "tcp", host: "127.0.0.1", port: 1 } as const;
    const health = {
      probe,
      intervalMs: 1,
      timeoutMs: 2,
      failures: 3,
      successes: 4,
      graceMs: 5,
    };
    const service = { base: "x", withPort: true, care: { cron: "@daily", health } };
    expect(care({ service, healthFailures: 9, maxMemory: 1000 })).toEqual({
      cron: "@daily",
      health: { ...health, failures: 9 },
      maxMemoryBytes: 1000,
    });
  });

  it.each<Partial<LaunchRequest>>([
    { maxMemory: "300X" },
    { maxMemory: "0" },
    { maxMemory: -1 },
    { health: "tcp", healthInterval: "10" },
    { health: "tcp", healthFailures: "0" },
    { healthFailures: "2" },
    { dependsOn: ["db:up"] },
    { dependsOn: [":healthy"] },
    { readyTimeout: "soon" },
  ])("refuses %j", (options) => {
    expect(() => care(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("the restart policy", () => {
  const policy = (options: Partial<LaunchRequest>): ReturnType<typeof restartPolicyOf> =>
    restartPolicyOf({ ...BASE, words: ["x"], ...options });

  it("is left out when nobody says anything", () => {
    expect(policy({})).toBeUndefined();
  });

  it("restarts on failure when only its limits are said", () => {
    expect(policy({ maxRestarts: 3 })).toMatchObject({ restart: "on-failure", maxRestarts: 3 });
    expect(policy({ backoff: "0" })).toMatchObject({ backoffMs: 0 });
    expect(policy({ backoff: "1m" })).toMatchObject({ backoffMs: 60_000, maxBackoffMs: 60_000 });
    expect(policy({ success: "3" })).toMatchObject({ restart: "no", successCodes: [0, 3] });
  });

  it.each<Partial<LaunchRequest>>([
    { restart: "sometimes" },
    { maxRestarts: "-1" },
    { backoff: "100" },
    { backoff: "10s,1s" },
    { success: "256" },
    { success: "SIGNOTHING" },
  ])("refuses %j", (options) => {
    expect(() => policy(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
