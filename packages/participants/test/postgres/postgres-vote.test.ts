import { hasPostgres } from "@tetra/test-postgres";
import { describe, expect, it } from "vitest";
import { postgresParticipant } from "../../src/postgres/index.ts";
import {
  breakablePool,
  cutConnections,
  holdCommits,
  newDatabase,
  NOTE,
  T1,
  untilWaiting,
  useServer,
  withNote,
} from "./database.ts";

describe.skipIf(!hasPostgres())("postgres participant: what it promises (needs postgres)", () => {
  const server = useServer({ fsync: false });

  describe("the vote", () => {
    it("is read-only without work", async () => {
      const db = await newDatabase(server());
      const participant = postgresParticipant({ name: "pg", pool: db.pool() });
      await participant.begin?.(T1);

      expect(await participant.prepare(T1)).toBe("read-only");
    });

    it("is read-only when it was only read, and gives the connection back", async () => {
      const db = await newDatabase(server());
      const participant = postgresParticipant({ name: "pg", pool: db.pool({ max: 1 }) });
      await (await participant.branch("t-1")).query("SELECT * FROM notes");

      expect(await participant.prepare(T1)).toBe("read-only");
      expect(await participant.recover()).toEqual([]);
      expect(await db.query("SELECT * FROM tetra_branches")).toEqual([]);
    });

    it("is no when a constraint does not hold at the end", async () => {
      const db = await newDatabase(server());
      await db.query("CREATE TABLE once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
      const participant = postgresParticipant({ name: "pg", pool: db.pool() });
      await (await participant.branch("t-1")).query("INSERT INTO once VALUES (1), (1)");

      await expect(participant.prepare(T1)).rejects.toMatchObject({
        code: "WORK_REFUSED",
        message: expect.stringMatching(/^pg: t-1: duplicate key .* "once_id_key"$/),
      });
      expect(await db.prepared()).toEqual([]);
    });

    it("is no when serializable transactions would contradict each other", async () => {
      const db = await newDatabase(server());
      const participant = postgresParticipant({ name: "pg", pool: db.pool() });
      for (const txn of ["t-1", "t-2"]) {
        const branch = await participant.branch(txn);
        await branch.query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
        await branch.query("SELECT count(*) FROM notes");
      }
      for (const txn of ["t-1", "t-2"]) {
        await (await participant.branch(txn)).query(NOTE, [txn]).catch(() => undefined);
      }

      const votes = [];
      for (const txn of ["t-1", "t-2"]) {
        votes.push(await participant.prepare({ txn, participant: "pg" }).catch(({ code }) => code));
      }

      expect(votes).toEqual(["yes", "CONFLICT"]);
      expect(await db.prepared()).toEqual([expect.stringMatching(/^tetra:pg:t-1@/)]);
    });

    it("is no after a statement that failed, though its error was swallowed", async () => {
      const db = await newDatabase(server());
      const { participant, branch } = await withNote(db);
      await branch.query("SELECT 1/0").catch(() => undefined);

      await expect(participant.prepare(T1)).rejects.toMatchObject({ code: "WORK_REFUSED" });
      expect(await db.prepared()).toEqual([]);
    });

    it.each(["COMMIT", "ROLLBACK", "COMMIT AND CHAIN", "ROLLBACK; BEGIN; CREATE TABLE t ()"])(
      "is no when the branch said %s itself",
      async (statement) => {
        const db = await newDatabase(server());
        const { participant, branch } = await withNote(db);
        await branch.query(statement);

        await expect(participant.prepare(T1)).rejects.toMatchObject({ code: "WORK_REFUSED" });
        expect(await db.prepared()).toEqual([]);
        expect(await db.query("SELECT * FROM tetra_branches")).toEqual([]);
      },
    );

    it("is no for work that cannot be prepared, such as on a temporary table", async () => {
      const db = await newDatabase(server());
      const { participant, branch } = await withNote(db);
      await branch.query("CREATE TEMPORARY TABLE t ()");

      await expect(participant.prepare(T1)).rejects.toMatchObject({
        code: "WORK_REFUSED",
        message: expect.stringContaining("temporary"),
      });
    });

    it("is no when the connection was lost, which rolls the work back", async () => {
      const db = await newDatabase(server());
      const { participant } = await withNote(db);
      await cutConnections(db);

      await expect(participant.prepare(T1)).rejects.toMatchObject({ code: "RESOURCE_AWAY" });
      await participant.rollback(T1);
      expect(await db.notes()).toEqual([]);
      expect(await db.prepared()).toEqual([]);
    });

    it("is no where the work was not done", async () => {
      const db = await newDatabase(server());
      await withNote(db);
      const other = postgresParticipant({ name: "pg", pool: db.pool() });

      await expect(other.prepare(T1)).rejects.toMatchObject({ code: "UNKNOWN_BRANCH" });
    });

    it("is no after somebody else has rolled the transaction back", async () => {
      const db = await newDatabase(server());
      const { participant } = await withNote(db);
      await postgresParticipant({ name: "pg", pool: db.pool() }).rollback(T1);

      await expect(participant.prepare(T1)).rejects.toMatchObject({ code: "WORK_REFUSED" });
      expect(await db.prepared()).toEqual([]);
    });

    it("leaves no branch to work in", async () => {
      const db = await newDatabase(server());
      const { participant, branch } = await withNote(db);
      await participant.prepare(T1);

      await expect(branch.query(NOTE, ["late"])).rejects.toMatchObject({ code: "UNKNOWN_BRANCH" });
    });
  });

  describe("while a dead process's statement still runs", () => {
    it("rollback waits for its PREPARE, and rolls it back", async () => {
      const db = await newDatabase(server());
      const release = await holdCommits(db);
      const { pool, breakAll } = breakablePool(db);
      const { participant } = await withNote(db, pool);
      const lost = participant.prepare(T1).catch(({ code }) => code);
      await untilWaiting(db, 1);
      breakAll();
      expect(await lost).toBe("RESOURCE_AWAY");

      const rollback = postgresParticipant({ name: "pg", pool: db.pool() }).rollback(T1);
      await untilWaiting(db, 2);
      await release();
      await rollback;

      expect(await db.prepared()).toEqual([]);
      expect(await db.notes()).toEqual([]);
    });

    it("isCommitted waits for its COMMIT, and tells how it ended", async () => {
      const db = await newDatabase(server());
      const release = await holdCommits(db);
      const { pool, breakAll } = breakablePool(db);
      const { participant } = await withNote(db, pool);
      const lost = participant.onePhase.commit(T1).catch(({ code }) => code);
      await untilWaiting(db, 1);
      breakAll();
      expect(await lost).toBe("RESOURCE_AWAY");

      const asked = participant.onePhase.isCommitted(T1);
      await untilWaiting(db, 2);
      await release();

      expect(await asked).toBe(true);
      expect(await db.notes()).toEqual(["of-t-1"]);
    });

    it("says so when that takes too long, and decides nothing", async () => {
      const db = await newDatabase(server());
      const release = await holdCommits(db);
      const { participant } = await withNote(db);
      const committing = participant.onePhase.commit(T1);
      await untilWaiting(db, 1);
      const impatient = postgresParticipant({ name: "pg", pool: db.pool(), answerMs: 300 });

      await expect(impatient.onePhase.isCommitted(T1)).rejects.toMatchObject({
        code: "RESOURCE_AWAY",
      });
      await release();
      await committing;

      expect(await impatient.onePhase.isCommitted(T1)).toBe(true);
    });
  });

  describe("one phase", () => {
    it("leaves its row also without work", async () => {
      const db = await newDatabase(server());
      const participant = postgresParticipant({ name: "pg", pool: db.pool() });
      await participant.begin?.(T1);

      await participant.onePhase.commit(T1);

      expect(await participant.onePhase.isCommitted(T1)).toBe(true);
    });

    it("does not commit after it was said that it has not", async () => {
      const db = await newDatabase(server());
      const { participant } = await withNote(db);
      const other = postgresParticipant({ name: "pg", pool: db.pool() });

      expect(await other.onePhase.isCommitted(T1)).toBe(false);
      await expect(participant.onePhase.commit(T1)).rejects.toMatchObject({ code: "WORK_REFUSED" });
      expect(await db.notes()).toEqual([]);
    });

    it("refuses what was not done in this process", async () => {
      const db = await newDatabase(server());
      await withNote(db);
      const other = postgresParticipant({ name: "pg", pool: db.pool() });

      await expect(other.onePhase.commit(T1)).rejects.toMatchObject({ code: "UNKNOWN_BRANCH" });
    });
  });

  describe("nothing waits for ever", () => {
    it("for a connection of an exhausted pool, which works again when one is free", async () => {
      const db = await newDatabase(server());
      const pool = db.pool({ max: 1 });
      const participant = postgresParticipant({ name: "pg", pool, connectMs: 100 });
      await participant.branch("t-1");

      await expect(participant.branch("t-2")).rejects.toMatchObject({
        code: "RESOURCE_AWAY",
        message: "pg: t-2: no connection of the pool became free in 100 ms",
      });
      await participant.rollback(T1);

      await (await participant.branch("t-2")).query(NOTE, ["of-t-2"]);
      expect(await participant.prepare({ txn: "t-2", participant: "pg" })).toBe("yes");
    });

    it("for an answer", async () => {
      const db = await newDatabase(server());
      const pool = db.pool({ max: 1 });
      const participant = postgresParticipant({ name: "pg", pool, answerMs: 200 });
      await (await participant.branch("t-1")).query(NOTE, ["of-t-1"]);
      const locker = await db.session();
      await locker.query("BEGIN; LOCK TABLE tetra_branches");

      await expect(participant.prepare(T1)).rejects.toMatchObject({
        code: "RESOURCE_AWAY",
        message: "pg: t-1: the server did not answer in 200 ms",
      });
      await locker.query("ROLLBACK");
      await participant.rollback(T1);
      expect(await db.prepared()).toEqual([]);
    });
  });
});
