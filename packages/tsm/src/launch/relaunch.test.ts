import { describe, expect, it } from "vitest";
import { BASE, type FakeMachine, fakeLaunchHost } from "../../test/fake-launch-host.ts";
import type { Launch, LaunchRequest } from "./launch-request.ts";
import { planLaunch } from "./plan-launch.ts";
import { relaunch } from "./relaunch.ts";

const WORDS = ["node", "x.js"];

/** A launch as it is kept: a trip through JSON. */
function kept(request: Partial<LaunchRequest>, machine: FakeMachine, at = 0): Launch {
  const launch = planLaunch(fakeLaunchHost(machine), { ...BASE, words: WORDS, ...request })[at];
  if (launch === undefined) throw new Error("nothing was planned");
  const origin: unknown = JSON.parse(JSON.stringify(launch.spec.origin));
  return { ...launch, spec: { ...launch.spec, origin } };
}

const ENV = "/srv/backend/env/local.env";
const machine = (text: string): FakeMachine => ({ files: { [ENV]: text } });

describe("planning again", () => {
  it("gives the same as before when nothing has changed", () => {
    const before = kept({ envFile: "local", restart: "always" }, machine("PORT=3000\nA=1"));
    const host = fakeLaunchHost({ ...machine("PORT=3000\nA=1"), services: [before.spec.name] });
    expect(relaunch(host, before.spec.origin)).toEqual(before);
  });

  it("reads the env file again, and keeps name and hook", () => {
    const { spec } = kept({ envFile: "local", prehook: "echo hi" }, machine("PORT=3000\nA=1"));
    const again = relaunch(fakeLaunchHost(machine("PORT=4000\nA=2")), spec.origin);
    expect(again.spec).toMatchObject({
      name: "backend-x-3000",
      port: 4000,
      prehook: "echo hi",
      environment: { A: "2", PORT: "4000", HOME: "/home/u" },
    });
  });

  it("keeps the place among the instances", () => {
    const { spec } = kept({ port: 3000, instances: 3 }, {}, 2);
    expect(relaunch(fakeLaunchHost(), spec.origin).spec).toMatchObject({
      name: "backend-x-3002",
      port: 3002,
      instance: 2,
      group: "backend-x",
    });
  });

  it("takes the caller's environment, or keeps all, where that is wanted", () => {
    const { spec } = kept({ envFile: "local" }, machine("A=1"));
    const host = fakeLaunchHost(machine("A=2"));
    expect(relaunch(host, spec.origin, { updateEnv: { B: "1" } }).spec.environment).toEqual({
      A: "2",
      B: "1",
    });
    expect(relaunch(host, spec.origin, { keepEnv: { C: "1" } }).spec.environment).toEqual({
      C: "1",
    });
  });

  it("takes what the definition says now", () => {
    const { spec } = kept({}, {});
    const request = { ...BASE, words: ["serve"], environment: { OTHER: "1" } };
    expect(relaunch(fakeLaunchHost(), spec.origin, { request }).spec).toMatchObject({
      name: spec.name,
      command: ["serve"],
      environment: BASE.environment,
    });
  });

  it.each([
    undefined,
    {},
    { kind: "launch" },
    { kind: "launch", name: "x", request: { words: 1 } },
  ])("refuses %j, which it did not write", (origin) => {
    expect(() => relaunch(fakeLaunchHost(), origin)).toThrow(
      expect.objectContaining({ code: "INVALID_ORIGIN" }),
    );
  });
});
