import { describe, expect, it, onTestFinished } from "vitest";
import { sqliteParticipant } from "../../src/sqlite/index.ts";
import { balances, bank, of, open, stagedIn } from "./bank.ts";

describe("values", () => {
  it("arrive as they were given, of whatever type", async () => {
    const { rows, foreigner } = bank();
    foreigner.exec("CREATE TABLE thing (id INTEGER PRIMARY KEY, value)");
    const numbers = [0, 42, -1.5, 1e300, Number.POSITIVE_INFINITY, 2 ** 53 - 1];
    const large = [9_007_199_254_740_993n, -(2n ** 63n)];
    const texts = ["", 'it\'s; -- "so"', "日本語 🚀"];
    const bytes = [new Uint8Array([0, 255, 39]), new Uint8Array()];
    const values = [null, ...numbers, ...large, ...texts, ...bytes];

    values.forEach((value, id) =>
      rows.branch("t-1").run("INSERT INTO thing VALUES (?, ?)", [id, value]),
    );
    await rows.prepare(of("t-1"));
    await rows.commit(of("t-1"));

    const read = rows.all("SELECT value FROM thing ORDER BY id").map(({ value }) => value);
    expect(read).toEqual(values);
    expect(rows.get("SELECT typeof(value) AS type FROM thing WHERE id = 2")).toEqual({
      type: "integer",
    });
  });

  it("that could not be stored as they are are refused before anything is done", () => {
    const { rows } = bank();
    const branch = rows.branch("t-1");
    const wrong: readonly never[] = JSON.parse("[true]");

    expect(() => branch.run("UPDATE account SET balance = ?", wrong)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });
});

describe("prepare", () => {
  it.each([
    ["a CHECK", "UPDATE account SET balance = balance - 101 WHERE id = ?", [1], "CHECK"],
    ["a reference", "INSERT INTO payment VALUES (1, ?, 'a')", [99], "FOREIGN KEY"],
    ["a table that is not there", "DELETE FROM absent WHERE id = ?", [1], "no such table"],
    ["a mistake in SQL", "UPDATE account SET WHERE id = ?", [1], "syntax error"],
    ["rows that nobody gets", "DELETE FROM account WHERE id = ? RETURNING *", [1], "gives rows"],
    ["OR ROLLBACK", "INSERT OR ROLLBACK INTO account VALUES (?, 0)", [1], "UNIQUE"],
  ])("hears of %s, votes no, and leaves nothing", async (_, sql, parameters, why) => {
    const { rows, foreigner } = bank();
    rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
    rows.branch("t-1").run(sql, parameters);

    const vote = rows.prepare(of("t-1"));

    await expect(vote).rejects.toMatchObject({ code: "WORK_REFUSED" });
    await expect(vote).rejects.toThrow(why);
    await expect(vote).rejects.toThrow("step 2");
    expect(balances(rows)).toEqual([100, 0]);
    expect(await rows.recover()).toEqual([]);
    expect(stagedIn(foreigner)).toEqual([{ n: 0 }]);
  });

  it("hears of a reference that SQLite would look at only when it commits", async () => {
    const { rows, foreigner } = bank();
    foreigner.exec(
      "CREATE TABLE late (id, account REFERENCES account DEFERRABLE INITIALLY DEFERRED)",
    );
    rows.branch("t-1").run("INSERT INTO late VALUES (1, 99)");
    rows.branch("t-2").run("INSERT INTO late VALUES (1, 3)");
    rows.branch("t-2").run("INSERT INTO account VALUES (3, 0)");

    await expect(rows.prepare(of("t-1"))).rejects.toThrow("late refers to account (row 1)");
    expect(await rows.prepare(of("t-2"))).toBe("yes");
  });

  it("counts the rows that must change", async () => {
    const { rows } = bank();
    rows.branch("t-1").run("DELETE FROM account WHERE id > ?", [0], { changes: 1 });
    rows.branch("t-2").run("DELETE FROM account WHERE id > ?", [0], { changes: 2 });

    await expect(rows.prepare(of("t-1"))).rejects.toThrow(
      "it changed 2 rows where 1 were expected",
    );
    expect(await rows.prepare(of("t-2"))).toBe("yes");
  });

  it("looks at its checks in their place among the statements", async () => {
    const { rows } = bank();
    const branch = rows.branch("t-1");
    branch.check("SELECT balance = 100 FROM account WHERE id = ?", [1]);
    branch.run("UPDATE account SET balance = 40 WHERE id = 1");
    branch.check("SELECT balance = 40 FROM account WHERE id = ?", [1]);
    rows.branch("t-2").check("SELECT balance = 40 FROM account WHERE id = ?", [1]);
    rows.branch("t-3").check("SELECT 1 FROM account WHERE id = 99");

    expect(await rows.prepare(of("t-1"))).toBe("yes");
    await expect(rows.prepare(of("t-2"))).rejects.toThrow("the check gave 0");
    await expect(rows.prepare(of("t-3"))).rejects.toThrow("the check gave nothing");
  });

  it("of a branch without work is read-only, and leaves nothing", async () => {
    const { rows, foreigner } = bank();
    await rows.begin(of("t-1"));

    expect(await rows.prepare(of("t-1"))).toBe("read-only");
    expect(foreigner.prepare("SELECT * FROM _tetra_branch").all([])).toEqual([]);
  });

  it("in a process that did not do the work is refused: to say that there is none would lose it", async () => {
    const { file, rows } = bank();
    rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");

    await expect(open(file).prepare(of("t-1"))).rejects.toMatchObject({ code: "UNKNOWN_BRANCH" });
  });

  it("is the end of the work: what is added later is refused", async () => {
    const { file, rows } = bank();
    const branch = rows.branch("t-1");
    branch.run("UPDATE account SET balance = 7 WHERE id = 2");
    await rows.prepare(of("t-1"));
    const other = open(file);
    other.branch("t-1").run("UPDATE account SET balance = 8 WHERE id = 2");

    expect(() => branch.run("DELETE FROM payment")).toThrow("nothing can be added");
    expect(() => rows.branch("t-1").lock("a")).toThrow("nothing can be added");
    await expect(other.prepare(of("t-1"))).rejects.toThrow("would be lost");
  });

  it("after another process has rolled the branch back is refused", async () => {
    const { file, rows } = bank();
    rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
    rows.branch("t-2").run("UPDATE account SET balance = 8 WHERE id = 2");
    const other = open(file);
    await other.rollback(of("t-1"));
    await other.rollback(of("t-2"));

    await expect(rows.prepare(of("t-1"))).rejects.toThrow("was rolled back");
    await expect(rows.onePhase.commit(of("t-2"))).rejects.toThrow("was rolled back");
    await expect(rows.commit(of("t-1"))).rejects.toMatchObject({ code: "HEURISTIC" });
    await rows.rollback(of("t-1"));
    expect(balances(rows)).toEqual([100, 0]);
  });
});

describe("two branches that are prepared", () => {
  it("cannot hold the same key; the error names both transactions", async () => {
    const { file, rows } = bank();
    rows.branch("t-1").lock("account/1", "account/2");
    rows.branch("t-2").lock("account/2");
    await rows.prepare(of("t-1"));

    await expect(rows.prepare(of("t-2"))).rejects.toMatchObject({
      code: "CONFLICT",
      message: "t-2 and t-1: both change account/2",
      details: { txn: "t-2", other: "t-1" },
    });
    expect(await open(file).writeSet(of("t-1"))).toEqual(["account/1", "account/2"]);
    await rows.commit(of("t-1"));
    expect(await rows.prepare(of("t-2"))).toBe("yes");
  });

  it.each([
    [
      "the same unique value",
      "INSERT INTO payment VALUES (1, 1, 'a')",
      "INSERT INTO payment VALUES (2, 1, 'a')",
    ],
    [
      "a row that the other refers to",
      "DELETE FROM account WHERE id = 2",
      "INSERT INTO payment VALUES (1, 2, 'a')",
    ],
    [
      "more than there is",
      "UPDATE account SET balance = balance - 60 WHERE id = 1",
      "UPDATE account SET balance = balance - 50 WHERE id = 1",
    ],
    [
      "the same column",
      "ALTER TABLE payment ADD COLUMN note",
      "ALTER TABLE payment ADD COLUMN note",
    ],
  ])("cannot spoil each other by %s, in either order", async (_, one, another) => {
    const { rows } = bank();
    for (const [txn, sql] of Object.entries({ "t-1": one, "t-2": another }))
      rows.branch(txn).run(sql);
    for (const [txn, sql] of Object.entries({ "t-3": another, "t-4": one }))
      rows.branch(txn).run(sql);

    await rows.prepare(of("t-1"));
    await expect(rows.prepare(of("t-2"))).rejects.toMatchObject({ code: "CONFLICT" });
    await rows.rollback(of("t-1"));
    await rows.prepare(of("t-3"));
    await expect(rows.onePhase.commit(of("t-4"))).rejects.toMatchObject({ code: "CONFLICT" });

    await rows.commit(of("t-3"));
  });

  it("cannot spoil each other when only one of the two orders would", async () => {
    const { rows, foreigner } = bank();
    foreigner.exec("CREATE TABLE child (id, parent REFERENCES account ON DELETE CASCADE)");
    rows.branch("t-1").run("INSERT INTO child VALUES (1, 2)");
    rows.branch("t-2").run("DELETE FROM account WHERE id = 2");
    await rows.prepare(of("t-1"));

    await expect(rows.prepare(of("t-2"))).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("cannot spoil each other the other way round either", async () => {
    const { rows, foreigner } = bank();
    foreigner.exec("CREATE TABLE child (id, parent REFERENCES account ON DELETE CASCADE)");
    rows.branch("t-1").run("DELETE FROM account WHERE id = 2");
    rows.branch("t-2").run("INSERT INTO child VALUES (1, 2)");
    await rows.prepare(of("t-1"));

    await expect(rows.prepare(of("t-2"))).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("that go together are both committed", async () => {
    const { rows, foreigner } = bank();
    rows.branch("t-1").run("UPDATE account SET balance = balance - 60 WHERE id = 1");
    rows.branch("t-2").run("UPDATE account SET balance = balance - 40 WHERE id = 1");
    await rows.prepare(of("t-1"));
    await rows.prepare(of("t-2"));

    await rows.commit(of("t-2"));
    await rows.commit(of("t-1"));

    expect(balances(rows)).toEqual([0, 0]);
    expect(stagedIn(foreigner)).toEqual([{ n: 0 }]);
  });
});

describe("one phase", () => {
  it("changes nothing when it cannot be done", async () => {
    const { rows } = bank();
    rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
    rows.branch("t-1").run("INSERT INTO account VALUES (1, 0)");

    await expect(rows.onePhase.commit(of("t-1"))).rejects.toMatchObject({ code: "WORK_REFUSED" });

    expect(balances(rows)).toEqual([100, 0]);
    expect(await rows.onePhase.isCommitted(of("t-1"))).toBe(false);
  });

  it("commits a branch that was prepared", async () => {
    const { file, rows } = bank();
    rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
    await rows.prepare(of("t-1"));

    await open(file).onePhase.commit(of("t-1"));

    expect(balances(rows)).toEqual([100, 7]);
    expect(await rows.recover()).toEqual([]);
  });
});

describe("reading", () => {
  it("changes nothing, whatever the statement tries", () => {
    const { rows } = bank();

    expect(() => rows.all("WITH x AS (SELECT 1) DELETE FROM account")).toThrow("readonly");
    expect(balances(rows)).toEqual([100, 0]);
  });

  it("gives the first row, or nothing", () => {
    const { rows } = bank();

    expect(rows.get("SELECT * FROM account WHERE id = ?", [1])).toEqual({ id: 1, balance: 100 });
    expect(rows.get("SELECT * FROM account WHERE id = ?", [9])).toBeUndefined();
  });
});

it("two participants over one database have branches of their own", async () => {
  const { file, rows } = bank();
  const more = sqliteParticipant({ name: "more", file });
  onTestFinished(() => more.close());
  rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
  more.branch("t-1").run("UPDATE account SET balance = 8 WHERE id = 1");
  await rows.prepare(of("t-1"));
  await more.prepare({ txn: "t-1", participant: "more" });

  await rows.rollback(of("t-1"));

  expect(await rows.recover()).toEqual([]);
  expect(await more.recover()).toEqual([{ txn: "t-1", participant: "more" }]);
});

it("forgets how branches ended when it is told to", async () => {
  const { rows, foreigner } = bank();
  rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
  rows.branch("t-2").run("UPDATE account SET balance = 8 WHERE id = 2");
  await rows.onePhase.commit(of("t-1"));
  await rows.prepare(of("t-2"));
  await rows.rollback(of("t-unknown"));

  expect(rows.forget(0)).toBe(0);
  expect(rows.forget(Number.MAX_SAFE_INTEGER)).toBe(2);

  const left = foreigner.prepare("SELECT txn, state FROM _tetra_branch").all([]);
  expect(left).toMatchObject([{ txn: "t-2", state: "prepared" }]);
});
