import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { sqliteParticipant } from "../../src/sqlite/index.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { balances, bank, connected, of, open } from "./bank.ts";

describe("databases that could not keep a promise are refused", () => {
  const unsafe = expect.objectContaining({ code: "UNSAFE_DATABASE" });

  it("one that is in memory", () => {
    expect(() => sqliteParticipant({ name: "rows", database: connected(":memory:") })).toThrow(
      unsafe,
    );
  });

  it("one with another attached, also when that is done later", async () => {
    const { file, foreigner } = bank();
    const rows = sqliteParticipant({ name: "rows", database: foreigner });
    rows.branch("t-1").run("DELETE FROM payment");
    foreigner.exec(`ATTACH '${file}-other' AS other`);

    await expect(rows.prepare(of("t-1"))).rejects.toThrow(
      "other is attached; attached databases do not commit together",
    );
    expect(() => sqliteParticipant({ name: "rows", database: foreigner })).toThrow(unsafe);
    foreigner.exec("DETACH other");
    expect(await rows.prepare(of("t-1"))).toBe("yes");
  });

  it.each(["synchronous = NORMAL", "synchronous = OFF"])(
    "one that is not flushed: %s is set to FULL, and refused when it is changed later",
    async (pragma) => {
      const { foreigner } = bank();
      foreigner.exec(`PRAGMA ${pragma}`);
      const rows = sqliteParticipant({ name: "rows", database: foreigner });
      rows.branch("t-1").run("DELETE FROM payment");
      rows.branch("t-2").run("DELETE FROM payment");

      expect(await rows.prepare(of("t-1"))).toBe("yes");
      foreigner.exec(`PRAGMA ${pragma}`);
      await expect(rows.prepare(of("t-2"))).rejects.toThrow(unsafe);
      await expect(rows.commit(of("t-1"))).rejects.toThrow(unsafe);
    },
  );

  it.each(["MEMORY", "OFF"])("one whose journal is %s", (mode) => {
    const file = join(temporaryFolder(), "data.db");
    const db = connected(file);
    db.exec(`PRAGMA journal_mode = ${mode}`);

    expect(() => sqliteParticipant({ name: "rows", database: db })).toThrow("journal_mode");
  });

  it("a file that is something else", () => {
    const file = join(temporaryFolder(), "notes.txt");
    writeFileSync(file, "this is no database\n".repeat(100));

    expect(() => open(file)).toThrow(unsafe);
    expect(() => open(file)).toThrow(file);
  });
});

describe("opening", () => {
  it.each(["it's.db", 'say "hi".db', "100%25 ?mode=memory.db", "日本語 🚀.db", ":memory:"])(
    "takes any name: %s",
    async (name) => {
      const { file, rows } = bank(join(temporaryFolder(), name));
      rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
      await rows.prepare(of("t-1"));

      await open(file).commit(of("t-1"));

      expect(balances(rows)).toEqual([100, 7]);
    },
  );

  it("takes an address for a file too, and connects to nothing", () => {
    const file = "http://127.0.0.1:9/data.db";

    expect(() => open(file)).toThrow(resolve(file));
  });

  it("says when the folder is not there", () => {
    const file = join(temporaryFolder(), "nowhere/data.db");

    expect(() => open(file)).toThrow(expect.objectContaining({ code: "RESOURCE_AWAY" }));
  });

  it("makes a new file in WAL mode, and leaves the mode of an old one alone", () => {
    const folder = temporaryFolder();
    connected(join(folder, "old.db")).exec("CREATE TABLE t (a)");

    const modes = ["new.db", "old.db"].map((name) => {
      open(join(folder, name));
      return connected(join(folder, name)).prepare("PRAGMA journal_mode").all([]);
    });

    expect(modes).toEqual([[{ journal_mode: "wal" }], [{ journal_mode: "delete" }]]);
  });

  it("does not wait for a writer when everything is there", () => {
    const { file, foreigner } = bank();
    foreigner.exec("BEGIN IMMEDIATE");

    expect(balances(open(file))).toEqual([100, 0]);
  });

  it("refuses a name that would not fit in the log", () => {
    const file = join(temporaryFolder(), "data.db");

    expect(() => sqliteParticipant({ name: "My Rows", file })).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });
});

it("a connection that is given is used and not closed, and one in a transaction is waited for", async () => {
  const { foreigner } = bank();
  const rows = sqliteParticipant({ name: "rows", database: foreigner });
  rows.branch("t-1").run("UPDATE account SET balance = 7 WHERE id = 2");
  foreigner.exec("BEGIN");

  await expect(rows.prepare(of("t-1"))).rejects.toMatchObject({ code: "RESOURCE_AWAY" });
  foreigner.exec("COMMIT");
  expect(await rows.prepare(of("t-1"))).toBe("yes");
  rows.close();

  expect(foreigner.open).toBe(true);
});

it("what is closed says so, and closing twice is harmless", async () => {
  const { rows } = bank();
  rows.close();
  rows.close();

  await expect(rows.recover()).rejects.toThrow("the connection is closed");
  await expect(rows.commit(of("t-1"))).rejects.toMatchObject({ code: "RESOURCE_AWAY" });
  expect(() => rows.all("SELECT 1")).toThrow("the connection is closed");
});
