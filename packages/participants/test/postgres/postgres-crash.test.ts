import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hasPostgres } from "@tetra/test-postgres";
import { describe, expect, it } from "vitest";
import { postgresParticipant, type PostgresParticipant } from "../../src/postgres/index.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { newDatabase, NOTE, T1, type TestDatabase, useServer, watched } from "./database.ts";

const WORKER = join(import.meta.dirname, "../fixtures/postgres-worker.mjs");

interface Work {
  readonly left: string;
  readonly right: string;
  readonly log: string;
  readonly killAt?: number;
  readonly when?: "before" | "after";
}

/** Runs a worker to its end. @returns the signal that ended it, or its exit status. */
async function run(work: Work): Promise<unknown> {
  const worker = spawn(process.execPath, [WORKER, JSON.stringify(work)], { stdio: "inherit" });
  const [status, signal] = await once(worker, "exit");
  return signal ?? status;
}

/** The transactions that the log says were committed. */
function committedIn(log: string): readonly string[] {
  const lines = readFileSync(log, "utf8").split("\n");
  return lines.flatMap((line) => (line.startsWith("commit ") ? line.slice("commit ".length) : []));
}

function participantOf(db: TestDatabase): PostgresParticipant {
  return postgresParticipant({ name: "pg", pool: db.pool() });
}

describe.skipIf(!hasPostgres())("postgres participant in crashes (needs postgres)", () => {
  const server = useServer({ fsync: false, settings: { wal_writer_delay: "10s" } });

  it("two workers killed 24 times each, at every statement, balance the ledger", async () => {
    const [left, right] = [await newDatabase(server()), await newDatabase(server())];
    const sides = [left, right];
    for (const side of sides) {
      await side.query("CREATE TABLE account (balance int); INSERT INTO account VALUES (1000)");
    }
    const folder = temporaryFolder();
    const logs = [join(folder, "log-0"), join(folder, "log-1")];

    const lanes = logs.map(async (log, lane) => {
      const work = { left: left.url, right: right.url, log };
      for (let round = 1; round <= 24; round += 1) {
        // 7 and 40 have no common factor: the rounds go through all of 1 … 40
        const killAt = 1 + ((round * 7 + lane * 20) % 40);
        const ended = await run({ ...work, killAt, when: round % 2 === 0 ? "before" : "after" });
        expect(ended).toBe("SIGKILL");
      }
      expect(await run(work)).toBe(0);
    });
    await Promise.all(lanes);

    const committed = logs.flatMap(committedIn).toSorted();
    const balances = await Promise.all(
      sides.map(async (side) => (await side.query("SELECT balance FROM account"))[0]?.["balance"]),
    );
    const [noted = [], notedRight = []] = await Promise.all(sides.map((side) => side.notes()));
    const moved = notedRight.length;
    expect(noted.toSorted()).toEqual(committed);
    expect(balances).toEqual([1000 - moved, 1000 + moved]);
    expect(moved).toBeGreaterThan(10);
    expect(noted.length).toBeGreaterThan(moved);
    expect([await left.prepared(), await right.prepared()]).toEqual([[], []]);
  }, 120_000);

  it("a server killed after any statement comes back, and both databases agree", async () => {
    const [left, right] = [await newDatabase(server()), await newDatabase(server())];
    const statements = 10;
    for (let killAt = 1; killAt <= statements; killAt += 1) {
      let sent = -Infinity;
      const after = (): void => {
        sent += 1;
        if (sent === killAt) void server().kill();
      };
      const sides = [left, right].map((db) =>
        postgresParticipant({ name: "pg", pool: watched(db.pool(), { after }) }),
      );
      for (const side of sides) await side.recover();
      sent = 0;
      const branch = { txn: `t-${killAt}`, participant: "pg" };
      const vote = async (side: PostgresParticipant): Promise<void> => {
        await (await side.branch(branch.txn)).query(NOTE, [branch.txn]);
        await side.prepare(branch);
      };
      const votes = [];
      for (const side of sides) votes.push(...(await Promise.allSettled([vote(side)])));
      const isYes = votes.every(({ status }) => status === "fulfilled");
      const decision = isYes ? "commit" : "rollback";
      for (const side of sides) await side[decision](branch).catch(() => undefined);

      expect(sent).toBeGreaterThanOrEqual(killAt);
      await server().restart();
      for (const side of [left, right].map(participantOf)) {
        await side[decision](branch);
        expect(await side.recover()).toEqual([]);
      }
    }

    expect(await left.notes()).toEqual(await right.notes());
    expect([await left.prepared(), await right.prepared()]).toEqual([[], []]);
  }, 60_000);

  it("what was prepared is committed though the server was killed before the decision came", async () => {
    const db = await newDatabase(server());
    const participant = participantOf(db);
    await (await participant.branch("t-1")).query(NOTE, ["of-t-1"]);
    await participant.prepare(T1);

    await server().kill();
    for (const call of ["commit", "rollback", "recover"] as const) {
      await expect(participant[call](T1)).rejects.toMatchObject({ code: "RESOURCE_AWAY" });
    }
    await server().restart();

    expect(await participant.recover()).toEqual([T1]);
    await participant.commit(T1);
    expect(await db.notes()).toEqual(["of-t-1"]);
  }, 60_000);

  it("what was committed in one phase survives, also where a COMMIT does not wait for the disk", async () => {
    const db = await newDatabase(server());
    const pool = db.pool({ options: "-c synchronous_commit=off" });
    const participant = postgresParticipant({ name: "pg", pool });
    await (await participant.branch("t-1")).query(NOTE, ["of-t-1"]);

    await participant.onePhase.commit(T1);
    await server().kill();
    await server().restart();

    expect(await participant.onePhase.isCommitted(T1)).toBe(true);
    expect(await db.notes()).toEqual(["of-t-1"]);
  }, 60_000);

  it("a server that was shut down is away, and work goes on when it is back", async () => {
    const db = await newDatabase(server());
    const participant = participantOf(db);
    const branch = await participant.branch("t-1");
    await branch.query(NOTE, ["of-t-1"]);

    await server().shutdown();
    await expect(participant.prepare(T1)).rejects.toMatchObject({ code: "RESOURCE_AWAY" });
    await expect(participant.rollback(T1)).rejects.toMatchObject({ code: "RESOURCE_AWAY" });
    const newcomer = participantOf(db);
    await expect(newcomer.recover()).rejects.toMatchObject({ code: "RESOURCE_AWAY" });
    await server().restart();

    await participant.rollback(T1);
    expect(await newcomer.recover()).toEqual([]);
    expect(await db.notes()).toEqual([]);
  }, 60_000);
});
