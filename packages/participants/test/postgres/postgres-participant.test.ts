import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hasPostgres, startPostgres } from "@tetra/test-postgres";
import { postgresParticipant } from "../../src/postgres/index.ts";
import { describe, expect, it } from "vitest";
import { participantRules } from "../participant-rules.ts";
import { newDatabase, NOTE, T1, useServer, withNote } from "./database.ts";

const PACKAGE = join(import.meta.dirname, "../..");

describe.skipIf(!hasPostgres())("postgres participant (needs postgres)", () => {
  const server = useServer({ fsync: false });

  describe("as every participant", () => {
    participantRules(async () => {
      const db = await newDatabase(server());
      const participant = postgresParticipant({ name: "pg", pool: db.pool() });
      return {
        participant,
        change: async (txn, value) => {
          await (await participant.branch(txn)).query(NOTE, [value]);
        },
        visible: () => db.notes(),
        reopen: () => Promise.resolve(postgresParticipant({ name: "pg", pool: db.pool() })),
        cleanup: () => Promise.resolve(),
      };
    });
  });

  describe("an administrator's decision is a HEURISTIC", () => {
    it("when what shall be committed was rolled back, again and again", async () => {
      const db = await newDatabase(server());
      const { participant } = await withNote(db);
      await participant.prepare(T1);
      await db.decide("ROLLBACK");

      for (const who of [participant, postgresParticipant({ name: "pg", pool: db.pool() })]) {
        await expect(who.commit(T1)).rejects.toMatchObject({
          code: "HEURISTIC",
          details: { txn: "t-1", participant: "pg", outcome: "rolled_back" },
        });
      }
    });

    it("when what shall be rolled back was committed", async () => {
      const db = await newDatabase(server());
      const { participant } = await withNote(db);
      await participant.prepare(T1);
      await db.decide("COMMIT");

      await expect(participant.rollback(T1)).rejects.toMatchObject({
        code: "HEURISTIC",
        details: { outcome: "committed" },
      });
    });

    it("unless it was the same", async () => {
      const db = await newDatabase(server());
      const { participant } = await withNote(db);
      await participant.prepare(T1);
      await db.decide("COMMIT");

      await participant.commit(T1);

      expect(await db.notes()).toEqual(["of-t-1"]);
    });
  });

  describe("recover", () => {
    it("gives back ids with quotes and everything else", async () => {
      const db = await newDatabase(server());
      const participant = postgresParticipant({ name: "pg", pool: db.pool() });
      const ids = ["o'brien", '"; DROP TABLE notes; --', "a\\'b", "50% übrig\n", "tetra:pg:x"];
      for (const txn of ids) {
        await (await participant.branch(txn)).query(NOTE, [txn]);
        await participant.prepare({ txn, participant: "pg" });
      }

      const found = await participant.recover();

      expect(found.map(({ txn }) => txn)).toEqual(ids);
      for (const branch of found) await participant.commit(branch);
      expect((await db.notes()).toSorted()).toEqual(ids.toSorted());
    });

    it("leaves alone what is another's: participant, prefix, database, user, program", async () => {
      const [db, elsewhere] = [await newDatabase(server()), await newDatabase(server())];
      await db.query("CREATE ROLE somebody SUPERUSER LOGIN PASSWORD 'x'");
      const strange = new URL(db.url);
      [strange.username, strange.password] = ["somebody", "x"];
      const others = [
        postgresParticipant({ name: "pg-2", pool: db.pool() }),
        postgresParticipant({ name: "pg", prefix: "other", pool: db.pool() }),
        postgresParticipant({ name: "pg", pool: elsewhere.pool() }),
        postgresParticipant({ name: "pg", pool: db.pool({ connectionString: strange.href }) }),
      ];
      for (const [at, other] of others.entries()) {
        await (await other.branch(`t-${at}`)).query(NOTE, ["theirs"]);
        await other.prepare({ txn: `t-${at}`, participant: other.name });
      }
      await db.query("BEGIN; INSERT INTO notes VALUES (1); PREPARE TRANSACTION 'tetra:pg:%61'");
      const { participant } = await withNote(db);
      await participant.prepare(T1);

      expect(await participant.recover()).toEqual([T1]);
      await participant.rollback(T1);
      for (const other of others) expect(await other.recover()).toHaveLength(1);
    });
  });

  it("the first use by many processes at once makes one table", async () => {
    const db = await newDatabase(server());
    const many = Array.from({ length: 8 }, () =>
      postgresParticipant({ name: "pg", pool: db.pool({ max: 1 }) }),
    );

    expect(await Promise.all(many.map((one) => one.recover()))).toEqual(many.map(() => []));
  });

  it("works in a schema of its own, for a user who may do nothing else", async () => {
    const db = await newDatabase(server());
    await db.query(`
      CREATE ROLE worker LOGIN PASSWORD 'x';
      CREATE SCHEMA "Our ""own""" AUTHORIZATION worker;
      REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      GRANT INSERT ON notes TO worker`);
    const url = new URL(db.url);
    [url.username, url.password] = ["worker", "x"];
    const pool = db.pool({ connectionString: url.href });
    const participant = postgresParticipant({ name: "pg", pool, schema: 'Our "own"' });
    await (await participant.branch("t-1")).query(NOTE, ["of-t-1"]);

    await participant.prepare(T1);
    await participant.commit(T1);

    expect(await db.notes()).toEqual(["of-t-1"]);
    await expect(postgresParticipant({ name: "pg", pool }).recover()).rejects.toMatchObject({
      code: "UNSAFE_DATABASE",
      hint: expect.stringContaining("CREATE TABLE"),
    });
  });

  it("a branch is begun once, and its write set is what was declared", async () => {
    const db = await newDatabase(server());
    const participant = postgresParticipant({ name: "pg", pool: db.pool() });
    const [one, same] = await Promise.all([participant.branch("t-1"), participant.branch("t-1")]);
    await one.query(NOTE, ["unseen by others"]);
    one.declare("notes/1");
    same.declare("notes/1", "notes/2");

    expect((await same.query("SELECT * FROM notes")).rowCount).toBe(1);
    expect(await participant.writeSet?.(T1)).toEqual(["notes/1", "notes/2"]);
    expect(await participant.writeSet?.({ txn: "t-2", participant: "pg" })).toEqual([]);
  });

  it("forgets how branches ended that are old, not prepared and of no use to anybody", async () => {
    const db = await newDatabase(server());
    const participant = postgresParticipant({ name: "pg", pool: db.pool() });
    const other = postgresParticipant({ name: "pg-2", pool: db.pool() });
    for (const txn of ["t-open", "t-ended", "t-new", "t-prepared"]) {
      await (await participant.branch(txn)).query(NOTE, [txn]);
      await participant.prepare({ txn, participant: "pg" });
      if (txn !== "t-prepared") await participant.commit({ txn, participant: "pg" });
    }
    await other.rollback({ txn: "t-ended", participant: "pg-2" });
    await db.query(
      "UPDATE tetra_branches SET at = at - interval '1 day' WHERE key NOT LIKE '%new'",
    );

    const isEnded = (txn: string): Promise<boolean> => Promise.resolve(txn !== "t-open");
    const count = await participant.forget({ olderThanMs: 3_600_000, isEnded });

    expect(count).toBe(1);
    await participant.commit({ txn: "t-open", participant: "pg" });
    await participant.commit({ txn: "t-new", participant: "pg" });
    await participant.commit({ txn: "t-prepared", participant: "pg" });
    expect(await db.query("SELECT key FROM tetra_branches ORDER BY key")).toEqual(
      ["tetra:pg-2:t-ended", "tetra:pg:t-new", "tetra:pg:t-open", "tetra:pg:t-prepared"].map(
        (key) => ({ key }),
      ),
    );
  });

  it("the example of the README runs as written and prints what it says", async () => {
    const db = await newDatabase(server());
    await db.query("DROP TABLE notes");
    const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
    const [, example = ""] = /```ts\n(import pg .*?)```/s.exec(readme) ?? [];
    const said = [...example.matchAll(/\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join("");

    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", example], {
      cwd: PACKAGE,
      env: { DATABASE_URL: db.url },
    });

    expect(said).not.toBe("");
    expect(printed.toString()).toBe(said);
  });

  it("a server that cannot prepare is refused with what to do", async () => {
    const unprepared = await startPostgres({ maxPreparedTransactions: 0, fsync: false });
    const pool = (await newDatabase(unprepared)).pool();

    const branch = postgresParticipant({ name: "pg", pool }).branch("t-1");

    await expect(branch).rejects.toMatchObject({
      code: "UNSAFE_DATABASE",
      message: "pg: t-1: max_prepared_transactions is 0: the server cannot prepare transactions",
      hint: expect.stringContaining("restart the server"),
    });
    await unprepared.stop();
  });
});
