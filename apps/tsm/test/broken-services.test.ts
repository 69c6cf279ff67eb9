import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { processesOf, type Sandbox, sandbox } from "./tsm.ts";

const processes = ({ root }: Sandbox, ...path: readonly string[]): string =>
  join(root, "tsm/runtime/processes", ...path);

/** A sandbox with a service `web-20950` that runs, and `broken`, whose file is no JSON. */
async function withBroken(): Promise<Sandbox> {
  const box = sandbox();
  mkdirSync(processes(box, "broken"), { recursive: true });
  writeFileSync(processes(box, "broken", "meta.json"), "{");
  await box.ok("start", "--name", "web", "--port", "20950", "sleep", "7811");
  return box;
}

it("a start that fails leaves no folder behind", async () => {
  const box = sandbox();

  expect((await box.tsm("start", "nosuchprogram")).exitCode).not.toBe(0);

  expect(readdirSync(processes(box)).filter((name) => !name.startsWith("."))).toEqual([]);
});

it("a broken service is named by list and doctor, and by whoever asks for it", async () => {
  const box = await withBroken();
  const { stdout: doctor } = await box.tsm("doctor");
  const { stderr } = await box.tsm("info", "broken");

  expect(await box.ok("list")).toContain("(1 broken: tsm doctor)");
  expect(await box.ok("list", "all")).toMatch(/broken .* broken /);
  expect(doctor).toContain("broken/meta.json");
  expect(stderr).toContain("broken/meta.json");
});

it.each([
  [["restart", "web"]],
  [["info", "0"]],
  [["logs", "web"]],
  [["start", "--name", "api", "--port", "20951", "sleep", "7812"]],
  [["list", "tree"]],
  [["ports"]],
  [["scan-ports"]],
  [["cleanup"]],
  [["uptime"]],
  [["orgs"]],
  [["kill", "--name", "web"]],
])("%j is not hindered by a broken service", async (words) => {
  const box = await withBroken();

  expect((await box.tsm(...words)).exitCode).toBe(0);
});

it("stop '*' does it to all others, and says which it could not", async () => {
  const box = await withBroken();

  const { stderr, exitCode } = await box.tsm("stop", "*");

  expect(stderr).toContain("broken/meta.json");
  expect(stderr).toContain("tsm delete broken");
  expect(exitCode).not.toBe(0);
  expect(Object(await box.json("list", "all")).services).toMatchObject([
    { name: "web-20950", status: "stopped" },
    { name: "broken", status: "broken" },
  ]);
});

it("delete '*' removes it, too", async () => {
  const box = await withBroken();

  expect((await box.ok("delete", "*")).split("\n").toSorted()).toEqual([
    "",
    "tsm: deleted 'broken'",
    "tsm: deleted 'web-20950'",
  ]);
  expect(readdirSync(processes(box)).filter((name) => !name.startsWith("."))).toEqual([]);
});

it.each(["stop", "delete", "kill"])("%s ends one that runs and whose file broke", async (verb) => {
  const box = sandbox();
  await box.ok("start", "--name", "web", "--port", "none", "sleep", "7813");
  const [web] = Object(await box.json("list")).services;
  writeFileSync(processes(box, web.name, "meta.json"), "{");

  expect(await box.ok(verb, web.name)).toContain(web.name);

  expect(processesOf(box.root)).toEqual([]);
});

it("the patrol removes a name that was claimed and never used", async () => {
  const box = sandbox();
  const claimed = processes(box, "half-1700000000");
  mkdirSync(claimed, { recursive: true });
  writeFileSync(join(claimed, "lock"), "");
  await box.tsm("patrol");
  expect(existsSync(claimed)).toBe(true); // somebody may be about to start it

  utimesSync(claimed, 0, 0);
  await box.tsm("patrol");
  expect(existsSync(claimed)).toBe(false);
});
