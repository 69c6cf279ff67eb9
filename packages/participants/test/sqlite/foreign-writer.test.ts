import { describe, expect, it } from "vitest";
import { balances, bank, of, open, stagedIn } from "./bank.ts";

describe("a foreign writer between prepare and commit", () => {
  it("that makes the work impossible causes a HEURISTIC, every time, and the work is kept", async () => {
    const { file, rows, foreigner } = bank();
    rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
    rows.branch("t-1").run("INSERT INTO payment VALUES (1, 1, 'a')");
    rows.branch("t-1").lock("payment/a");
    await rows.prepare(of("t-1"));
    foreigner.exec("INSERT INTO payment VALUES (5, 1, 'a')");

    for (const one of [rows, open(file), open(file)]) {
      await expect(one.commit(of("t-1"))).rejects.toMatchObject({ code: "HEURISTIC" });
    }

    expect(balances(rows)).toEqual([100, 0]);
    expect(await rows.recover()).toEqual([]);
    const kept = foreigner.prepare(
      "SELECT sql, state, reason FROM _tetra_branch NATURAL JOIN _tetra_step",
    );
    expect(kept.all([])).toMatchObject([
      {
        state: "refused",
        reason: expect.stringContaining("UNIQUE"),
        sql: expect.stringMatching("UPDATE"),
      },
      { sql: expect.stringMatching("INSERT") },
    ]);
    rows.branch("t-2").lock("payment/a");
    expect(await rows.prepare(of("t-2"))).toBe("yes");
    await rows.rollback(of("t-1"));
    expect(kept.all([])).toEqual([]);
  });

  it("that mends it again lets the same commit succeed, unless others rely on its not", async () => {
    const { file, rows, foreigner } = bank();
    rows.branch("t-1").run("INSERT INTO payment VALUES (1, 1, 'a')");
    rows.branch("t-1").lock("payment/a");
    await rows.prepare(of("t-1"));
    foreigner.exec("INSERT INTO payment VALUES (5, 1, 'a')");
    await expect(rows.commit(of("t-1"))).rejects.toMatchObject({ code: "HEURISTIC" });
    foreigner.exec("DELETE FROM payment");
    rows.branch("t-2").run("INSERT INTO payment VALUES (2, 1, 'a')");
    rows.branch("t-3").lock("payment/a");

    await rows.prepare(of("t-2"));
    await expect(rows.commit(of("t-1"))).rejects.toMatchObject({ code: "CONFLICT" });
    await rows.rollback(of("t-2"));
    await rows.prepare(of("t-3"));
    await expect(rows.commit(of("t-1"))).rejects.toMatchObject({ code: "CONFLICT" });
    await rows.rollback(of("t-3"));
    await open(file).commit(of("t-1"));

    expect(rows.all("SELECT id, code FROM payment")).toEqual([{ id: 1, code: "a" }]);
    expect(stagedIn(foreigner)).toEqual([{ n: 0 }]);
  });

  it("that makes a rehearsal end the whole transaction has nothing staged outside of one", async () => {
    const { rows, foreigner } = bank();
    rows.branch("t-1").run("INSERT OR ROLLBACK INTO account VALUES (3, 0)");
    await rows.prepare(of("t-1"));
    foreigner.exec("INSERT INTO account VALUES (3, 5)");
    rows.branch("t-2").run("DELETE FROM payment");

    await expect(rows.prepare(of("t-2"))).rejects.toMatchObject({ code: "WORK_REFUSED" });
    expect(await rows.recover()).toEqual([of("t-1")]);
  });

  it("whose change a check or a number of rows notices causes one too", async () => {
    const { rows, foreigner } = bank();
    rows.branch("t-1").check("SELECT balance >= 50 FROM account WHERE id = 1");
    rows.branch("t-2").run("UPDATE account SET balance = 1 WHERE balance = 0", [], { changes: 1 });
    await rows.prepare(of("t-1"));
    await rows.prepare(of("t-2"));
    foreigner.exec("UPDATE account SET balance = 10");

    await expect(rows.commit(of("t-1"))).rejects.toThrow("the check gave 0");
    await expect(rows.commit(of("t-2"))).rejects.toThrow("changed 0 rows where 1 were expected");
  });

  it("that breaks a reference which is looked at last of all causes one too", async () => {
    const { rows, foreigner } = bank();
    foreigner.exec("CREATE TABLE late (account REFERENCES account DEFERRABLE INITIALLY DEFERRED)");
    rows.branch("t-1").run("INSERT INTO late VALUES (2)");
    await rows.prepare(of("t-1"));
    foreigner.exec("DELETE FROM account WHERE id = 2");

    await expect(rows.commit(of("t-1"))).rejects.toMatchObject({ code: "HEURISTIC" });
    expect(rows.all("SELECT * FROM late")).toEqual([]);
  });

  it("that only has the database for itself is waited for: the same call works later", async () => {
    const { rows, foreigner } = bank();
    for (const txn of ["t-1", "t-2", "t-3"]) {
      rows.branch(txn).run("UPDATE account SET balance = balance + 1 WHERE id = 2");
    }
    await rows.prepare(of("t-1"));
    await rows.prepare(of("t-2"));
    foreigner.exec("BEGIN IMMEDIATE");

    const away = { code: "RESOURCE_AWAY", details: { code: "SQLITE_BUSY" } };
    await expect(rows.commit(of("t-1"))).rejects.toMatchObject(away);
    await expect(rows.rollback(of("t-2"))).rejects.toMatchObject(away);
    await expect(rows.prepare(of("t-3"))).rejects.toMatchObject(away);
    expect(await rows.recover()).toHaveLength(2);
    foreigner.exec("ROLLBACK");

    await rows.commit(of("t-1"));
    await rows.rollback(of("t-2"));
    expect(await rows.prepare(of("t-3"))).toBe("yes");
    expect(balances(rows)).toEqual([100, 1]);
  });
});
