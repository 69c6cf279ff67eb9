import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { closeTransactionStores } from "../../src/shell/transaction-functions/index.ts";
import { type CallingShell, callingShell } from "./calling-shell.ts";

async function withTransaction(): Promise<CallingShell & { id: string; folder: string }> {
  const shell = callingShell();
  const id = await shell.ok("txn_create", "deploy api", "@staging", "cron");
  return { ...shell, id, folder: join(shell.transactions, id) };
}

describe("what somebody else changed is seen at once", () => {
  it("in state.json, though this shell wrote it a moment ago", async () => {
    const { ok, folder } = await withTransaction();
    await ok("txn_transition", "EXECUTE");
    const state = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
    writeFileSync(join(folder, "other"), JSON.stringify({ ...state, ticket: "OPS-7" }));
    renameSync(join(folder, "other"), join(folder, "state.json"));

    expect(await ok("txn_state")).toContain("OPS-7");
    await ok("txn_transition", "VALIDATE");
    expect(JSON.parse(await ok("txn_state"))).toMatchObject({
      stage: "VALIDATE",
      ticket: "OPS-7",
    });
  });

  it.each([
    ["just made", async () => undefined],
    ["changed", async ({ ok }: CallingShell) => ok("txn_transition", "EXECUTE")],
    [
      "changed, and made by another shell",
      async ({ ok }: CallingShell) => {
        await closeTransactionStores();
        await ok("txn_transition", "EXECUTE");
      },
    ],
  ])(
    "in a log that was put in the place of the one this shell had %s: what comes after goes there",
    async (_what, before) => {
      const { ok, folder, ...shell } = await withTransaction();
      await before({ ok, ...shell });
      const log = join(folder, "events.ndjson");
      const content = readFileSync(log, "utf8");
      writeFileSync(join(folder, "other"), content);
      renameSync(join(folder, "other"), log);

      await ok("txn_transition", "VALIDATE");

      const after = readFileSync(log, "utf8");
      expect(after.startsWith(content)).toBe(true);
      expect(after.slice(content.length)).toContain('"to":"VALIDATE"');
      expect(await ok("txn_state")).toContain("VALIDATE");
    },
  );

  it("when the data was removed and made again, under the same id", async () => {
    const { ok, folder, root, id } = await withTransaction();
    await ok("txn_transition", "EXECUTE");
    const log = readFileSync(join(folder, "events.ndjson"), "utf8");
    rmSync(root, { recursive: true });

    expect(await ok("txn_active")).toBe("");
    expect(await ok("txn_list")).toBe("No transactions found");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "events.ndjson"), log.replace("EXECUTE", "SELECT"));

    expect(await ok("txn_state", id)).toContain('"stage": "SELECT"');
    expect(await ok("txn_transition", "ASSEMBLE", id)).toContain("SELECT → ASSEMBLE");
  });

  it("when other data was put in its place, in which a dead writer's journal is ahead of a log", async () => {
    const { ok, transactions, id, folder } = await withTransaction();
    await ok("txn_transition", "EXECUTE");
    await closeTransactionStores();
    await ok("txn_create", "another");
    cpSync(transactions, `${transactions}.other`, { recursive: true });
    rmSync(transactions, { recursive: true });
    renameSync(`${transactions}.other`, transactions);
    const log = join(folder, "events.ndjson");
    const [first = "", second = ""] = readFileSync(log, "utf8").split("\n");
    writeFileSync(log, `${first}\n`);
    rmSync(join(folder, "state.json"));
    mkdirSync(join(transactions, ".journal"));
    const record = { txn: id, seq: 1, lines: `${second}\n` };
    writeFileSync(join(transactions, ".journal/dead.ndjson"), `${JSON.stringify(record)}\n`);

    expect(await ok("txn_state", id)).toContain('"stage": "EXECUTE"');
  });

  it("when only the transactions were removed", async () => {
    const { ok, transactions } = await withTransaction();
    rmSync(transactions, { recursive: true });

    const id = await ok("txn_create", "another");

    expect(await ok("txn_list")).toContain(id);
    expect((await ok("txn_list")).split("\n")).toHaveLength(3);
  });
});

describe("nothing is left to be written after an answer", () => {
  it.each([
    [["txn_transition", "EXECUTE"]],
    [["txn_execute", "", "f"]],
    [["_txn_executed", "", "f", "0"]],
    [["txn_update", "ID", '{"agent": "cron"}']],
  ])("of %j: state.json has all of the log", async (line) => {
    const { ok, folder, id } = await withTransaction();
    await ok("txn_transition", "EXECUTE");

    for (let at = 0; at < 3; at += 1) {
      await ok(...line.map((text) => (text === "ID" ? id : text)));

      const { revision } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
      const log = readFileSync(join(folder, "events.ndjson"), "utf8");
      expect(log.trimEnd().split("\n")).toHaveLength(revision);
    }
  });
});

/** How many files below a folder this process has open. */
function openBelow(folder: string): number {
  const own = "/proc/self/fd";
  return readdirSync(own).filter((fd) => targetOf(join(own, fd)).startsWith(`${folder}/`)).length;
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ""; // the descriptor that the folder was read through
  }
}

describe.skipIf(!existsSync("/proc/self/fd"))("what is open (only where there is /proc)", () => {
  it("is bounded, however many folders were worked on", async () => {
    const { call, root } = callingShell();
    const open: number[] = [];

    for (let at = 0; at < 12; at += 1) {
      await call(["txn_create", "a b"], { TTM_TXNS_DIR: join(root, `m${at}/txns`) });
      open.push(openBelow(root));
    }

    expect(open[0]).toBeGreaterThan(0);
    expect(open.at(-1)).toBe(open[3]);
  });

  it("is closed after a second without calls", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { ok, root } = await withTransaction();
    const before = openBelow(root);

    vi.advanceTimersByTime(1000);
    await ok("txn_list");

    expect(before).toBeGreaterThan(0);
    expect(openBelow(root)).toBe(0);
  });
});

describe("where the transactions are", () => {
  it("is looked at each time: a caller may point the functions elsewhere and back", async () => {
    const { ok, call, root } = await withTransaction();
    const flows = { TTM_TXNS_DIR: join(root, "rag/flows") };

    const { stdout: flow } = await call(["txn_create", "a flow"], flows);

    expect((await call(["txn_active"], flows)).stdout).toBe(flow);
    expect((await call(["txn_transition", "EXECUTE"], flows)).status).toBe(0);
    expect((await call(["txn_list"], flows)).stdout).toContain("EXECUTE");
    expect(await ok("txn_list")).not.toContain("a-flow");
    expect(await ok("txn_state")).toContain('"stage": "NEW"');
  });

  it.each([
    [{ TTM_DIR: undefined }, "ttm/txns"],
    [{ TTM_DIR: "/root/other" }, "other/txns"],
    [{ TTM_DIR: "/root/other", TTM_TXNS_DIR: "/root/x" }, "x"],
    [{ TETRA_DIR: undefined, TTM_DIR: "/root/other" }, "other/txns"],
    [{ TETRA_DIR: undefined, TTM_TXNS_DIR: "/root/x" }, "x"],
    [{ TETRA_DIR: "", TTM_DIR: "", TTM_TXNS_DIR: "/root/x" }, "x"],
  ])("with %j is %s", async (env, expected) => {
    const { call, root } = callingShell();
    const set = Object.fromEntries(
      Object.entries(env).map(([key, value]) => [key, value?.replace("/root", root)]),
    );

    expect((await call(["txn_dir", "t"], set)).stdout).toBe(`${root}/${expected}/t\n`);
  });

  it("is not guessed", async () => {
    const { call } = callingShell();

    expect(await call(["txn_create", "a b"], { TETRA_DIR: undefined })).toEqual({
      status: 1,
      stdout: "",
      stderr: "❌ Error: TETRA_DIR environment variable not set\n",
    });
  });
});
