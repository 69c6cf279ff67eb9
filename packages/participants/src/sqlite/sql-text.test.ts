import { describe, expect, it } from "vitest";
import { brief, checkSql } from "./sql-text.ts";

describe("statements that change something", () => {
  it.each([
    ["INSERT INTO t VALUES (?, ?)", 2],
    ["insert into t values ('?; it''s', ?)", 1],
    ['-- a ; comment?\nUPDATE "a;?" SET b = ? /* ; ? */ WHERE [c?] = `d;`;', 1],
    ["WITH x AS (SELECT 1) DELETE FROM t WHERE a IN x", 0],
    ["CREATE TABLE t (a, b)", 0],
    ["INSERT INTO t VALUES (?);  ; -- done", 1],
    ["DELETE FROM t WHERE a = ? /* open", 1],
  ])("takes %s", (sql, count) => {
    expect(() =>
      checkSql(
        "change",
        sql,
        Array.from({ length: count }, () => 1),
      ),
    ).not.toThrow();
  });

  it.each([
    ["", "nothing"],
    ["COMMIT", "COMMIT"],
    ["/* x */ rollback", "rollback"],
    ["SAVEPOINT a", "SAVEPOINT"],
    ["ATTACH 'other.db' AS other", "ATTACH"],
    ["PRAGMA synchronous = OFF", "PRAGMA"],
    ["VACUUM", "VACUUM"],
    ["SELECT 1", "SELECT"],
    ["DELETE FROM a; DELETE FROM b", "more than one statement"],
    ["CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; END", "more than one statement"],
    ["DELETE FROM _tetra_branch", "_tetra_"],
    ['DROP TABLE "_TETRA_step"', "_tetra_"],
    ["DELETE FROM t WHERE a = :name", ":name"],
    ["DELETE FROM t WHERE a = ?1", "?1"],
  ])("refuses %s", (sql, why) => {
    expect(() => checkSql("change", sql, [])).toThrow(why);
  });

  it("wants one value for each question mark, neither fewer nor more", () => {
    expect(() => checkSql("change", "INSERT INTO t VALUES (?, ?)", [1])).toThrow(
      "it wants 2 values and got 1",
    );
    expect(() => checkSql("change", "DELETE FROM t WHERE a = '?'", [1])).toThrow(
      "it wants 0 values and got 1",
    );
  });

  it("says which value is wrong", () => {
    expect(() => checkSql("change", "INSERT INTO t VALUES (?, ?)", [1, true])).toThrow(
      "INSERT INTO t VALUES (?, ?): value 2: boolean is no value of a column",
    );
  });
});

it.each(["DELETE FROM t", "PRAGMA query_only = OFF", "INSERT INTO t VALUES (1)"])(
  "does not read with %s",
  (sql) => {
    expect(() => checkSql("read", sql, [])).toThrow("cannot be run here");
  },
);

it("shortens a statement to a line", () => {
  expect(brief("SELECT\n  1")).toBe("SELECT 1");
  expect(brief(`SELECT ${"x".repeat(100)}`)).toHaveLength(60);
});
