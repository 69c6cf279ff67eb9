import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { copiesOf, supervised, type Supervised } from "./supervised.ts";

/** What a process has in its environment under this name. */
function variable(pid: number, name: string): string | undefined {
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

function define({ root, work }: Supervised, command: string): void {
  writeFileSync(
    join(root, "tsm/services-available/api.tsm"),
    `TSM_NAME=api\nTSM_COMMAND="${command}"\nTSM_CWD="${work}"\nTSM_ENV_FILE=app.env\nTSM_PORT=20400\n`,
    { mode: 0o700 },
  );
}

function writeEnv({ work }: Supervised, mode: string, secret: string): void {
  writeFileSync(join(work, "app.env"), `MODE=${mode}\nAPI_TOKEN=${secret}\n`);
}

async function defined(): Promise<Supervised & { readonly name: string }> {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  await box.ok("setup");
  writeEnv(box, "one", "hush-1");
  define(box, "sleep 7301");
  const { name } = Object(await box.json("start", "api")).data;
  return { ...box, name };
}

it("an edit of env file or definition takes effect at a restart, which prints the difference", async () => {
  const box = await defined();
  writeEnv(box, "two", "hush-2");
  define(box, "sleep 7302");
  const told = await box.ok("restart", box.name);
  const [pid = 0] = copiesOf(box.root, "sleep", "7302");

  expect(told).toMatch(/command.*sleep 7301.*sleep 7302/);
  expect(told).toMatch(/MODE.*one.*two/);
  expect(told).toContain("API_TOKEN");
  expect(told).not.toContain("hush");
  expect([variable(pid, "MODE"), variable(pid, "API_TOKEN")]).toEqual(["two", "hush-2"]);
  expect(copiesOf(box.root, "sleep", "7301")).toEqual([]);
});

it("--keep-env starts with the environment it had", async () => {
  const box = await defined();
  writeEnv(box, "two", "hush-2");
  const told = await box.ok("restart", "--keep-env", box.name);
  const { pid } = await box.info(box.name);

  expect(told).not.toContain("MODE");
  expect([variable(pid, "MODE"), variable(pid, "API_TOKEN")]).toEqual(["one", "hush-1"]);
});

it("nothing is printed but the restart when nothing was edited", async () => {
  const box = await defined();

  expect(await box.ok("restart", box.name)).toMatch(/^tsm: restarted '.*' \(.*\)\n$/);
});
