import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { type Sandbox, sandbox } from "./tsm.ts";

vi.setConfig({ testTimeout: 60_000 });
const hasScript = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

/** Starts a service that prints this and goes on living; it has printed all when this returns. */
async function printing(box: Sandbox, name: string, script: string): Promise<string> {
  await box.ok("start", "--name", name, "--", "bash", "-c", `${script}\nexec sleep 1000`);
  const [{ name: whole }] = await servicesOf(box, name);
  return whole;
}

async function servicesOf(
  box: Sandbox,
  word: string,
): Promise<[{ readonly name: string; readonly tsm_id: number }]> {
  const { stdout } = await box.tsm("--json", "info", word);
  return [JSON.parse(stdout)];
}

/** Reads a process's standard output line by line as it comes. */
function linesOf(child: ReturnType<Sandbox["start"]>): () => Promise<string | undefined> {
  const iterator = child.iterable({ from: "stdout" })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await iterator.next();
    return done === true ? undefined : value;
  };
}

it("shows the last lines of each stream, and that one is empty", async () => {
  const box = sandbox();
  const name = await printing(box, "web", "printf 'one\\ntwo\\nthree\\n'");

  expect(await box.ok("logs", "web", "--lines", "2")).toBe(
    `Logs for ${name} (last 2 lines)\n\nSTDOUT\ntwo\nthree\n\nSTDERR\n(empty)\n`,
  );
  expect(await box.ok("logs", "web", "--stream", "err")).toBe(
    `Logs for ${name} (last 50 lines)\n\nSTDERR\n(empty)\n`,
  );
});

it("shows several services, each under its name and id", async () => {
  const box = sandbox();
  const first = await printing(box, "first", "echo hello");
  const second = await printing(box, "second", "echo oh >&2");

  expect(await box.ok("logs", "*", "-n", "1")).toBe(
    [
      `==> ${first} (ID: 0) <==`,
      `Logs for ${first} (last 1 lines)`,
      "",
      "STDOUT",
      "hello",
      "",
      "STDERR",
      "(empty)",
      "",
      `==> ${second} (ID: 1) <==`,
      `Logs for ${second} (last 1 lines)`,
      "",
      "STDOUT",
      "(empty)",
      "",
      "STDERR",
      "oh",
      "",
    ].join("\n"),
  );
});

it("gives lines as JSON, found by a pattern, with time, precision and place", async () => {
  const box = sandbox();
  const name = await printing(box, "web", "printf 'Error: one\\nfine\\nerror: two\\n'");

  const text = await box.ok("--json", "logs", "web", "--grep", "^error", "-i");

  const lines = text
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines).toEqual([
    expect.objectContaining({ service: name, stream: "out", line: "Error: one", offset: 0 }),
    expect.objectContaining({ line: "error: two", offset: 16, precision_ms: expect.any(Number) }),
  ]);
});

it("puts times in front, of both streams in one order", async () => {
  const box = sandbox();
  await printing(box, "web", "echo first; echo second >&2");

  const text = await box.ok("logs", "web", "--timestamps", "--since", "1h");

  expect(text).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]+Z( \(-.+\))? out first\n\S+Z( \(-.+\))? err second\n$/,
  );
  expect(await box.ok("logs", "web", "--timestamps", "--since", "2099-01-01")).toBe("");
});

it("follows across a restart, with names in front where there are several", async () => {
  const box = sandbox();
  const name = await printing(box, "web", "echo started");
  await printing(box, "worker", "true");
  const child = box.start("logs", "-f", "web", "worker");
  const next = linesOf(child);

  expect(await next()).toMatch(new RegExp(`^${name} +\\| started$`));
  await box.ok("restart", "web");
  expect(await next()).toMatch(new RegExp(`^${name} +\\| started$`));
  child.kill("SIGINT");
  expect(await next()).toBeUndefined();
  expect((await child).exitCode).toBe(130);
});

it("ends quietly when nobody reads any more", async () => {
  const box = sandbox();
  await printing(box, "web", "while echo line; do sleep 0.1; done");
  const child = box.start("logs", "-f", "web");
  await linesOf(child)();

  child.stdout.destroy();

  expect(await child).toMatchObject({ exitCode: 0, stderr: "" });
});

it.skipIf(!hasScript)(
  "shows control characters on a terminal instead of sending them, and passes them on with --raw (needs script)",
  async () => {
    const box = sandbox();
    await printing(box, "web", "printf 'a\\033]0;title\\007b\\tc\\033[31md\\n'");
    const onTerminal = async (more: string): Promise<string> => {
      const script = `script -qec "$NODE '$TSM' logs web --stream out ${more}" /dev/null </dev/null`;
      return (await box.shell(script)).stdout;
    };

    expect(await onTerminal("")).toContain("a\\u001b]0;title\\u0007b        cd\r\n");
    expect(await onTerminal("--raw")).toContain("a\u001b]0;title\u0007b\tc\u001b[31md\r\n");
  },
);

it("archives when asked to, and shows what is archived as if it were not", async () => {
  const box = sandbox();
  const name = await printing(box, "web", "seq 10000");

  expect(await box.ok("rotate", "web")).toBe(`tsm: rotated '${name}' (STDOUT 44 KB)\n`);
  expect(await box.ok("rotate", "web")).toBe(`tsm: nothing to rotate for '${name}'\n`);

  const logs = join(box.root, "tsm/runtime/processes", name, "logs");
  expect(readdirSync(logs).filter((file) => /^out\..*\.log$/.test(file))).toHaveLength(1);
  const lines = (await box.ok("logs", "web", "-n", "9000", "--stream", "out")).split("\n");
  expect(lines.slice(3, -1)).toEqual(Array.from({ length: 9000 }, (_, at) => String(1001 + at)));
});

it("refuses what cannot be, and says why", async () => {
  const box = sandbox();
  await printing(box, "web", "true");
  const refusals = [
    [["logs"], 64, "service"],
    [["logs", "web", "--lines", "many"], 64, "--lines"],
    [["logs", "web", "--stream", "both"], 64, "--stream"],
    [["logs", "web", "-f", "--nostream"], 64, "--nostream"],
    [["logs", "web", "--grep", "("], 64, "regular expression"],
    [["logs", "web", "--since", "soon"], 65, "--since"],
    [["logs", "nobody"], 1, "nobody"],
  ] as const;

  const refused = await Promise.all(refusals.map(async ([words]) => box.tsm(...words)));

  expect(refused).toEqual(
    refusals.map(([, exitCode, why]) => ({
      exitCode,
      stdout: "",
      stderr: expect.stringContaining(why),
    })),
  );
});
