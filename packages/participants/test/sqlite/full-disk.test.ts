import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type SqliteParticipant, sqliteParticipant } from "../../src/sqlite/index.ts";

const disk = mkdtempSync(join(tmpdir(), "participants-"));
const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
const isMounted = mount.status === 0;

afterAll(() => {
  // lazily: the driver keeps a closed file open until its statements are collected
  if (isMounted) spawnSync("umount", ["--lazy", disk]);
  rmSync(disk, { recursive: true });
});

/** Takes what is left of the disk, while `use` works. */
async function withoutSpace(use: () => Promise<void>): Promise<void> {
  const filling = join(disk, "filling");
  expect(() => {
    for (let at = 0; at < 1024; at += 1)
      writeFileSync(filling, new Uint8Array(4096), { flag: "a" });
  }).toThrow("ENOSPC");
  await use();
  rmSync(filling);
}

function of(txn: string): { readonly txn: string; readonly participant: string } {
  return { txn, participant: "rows" };
}

const names = (rows: SqliteParticipant): readonly unknown[] =>
  rows.all("SELECT name FROM item ORDER BY name").map(({ name }) => name);

describe.skipIf(!isMounted)("a real disk of 1 MB (skipped without the right to mount)", () => {
  it("that is full is waited for: what is promised is kept, and nothing is half there", async () => {
    const rows = sqliteParticipant({ name: "rows", file: join(disk, "data.db") });
    rows.branch("t-0").run("CREATE TABLE item (name TEXT PRIMARY KEY, filling BLOB)");
    await rows.onePhase.commit(of("t-0"));
    const filling = new Uint8Array(100_000);
    for (const txn of ["t-1", "t-2"]) {
      rows.branch(txn).run("INSERT INTO item VALUES (?, ?)", [txn, filling]);
    }
    await rows.prepare(of("t-1"));
    const away = { code: "RESOURCE_AWAY", details: { code: "SQLITE_FULL" } };

    await withoutSpace(async () => {
      await expect(rows.commit(of("t-1"))).rejects.toMatchObject(away);
      await expect(rows.prepare(of("t-2"))).rejects.toMatchObject(away);
      expect(names(rows)).toEqual([]);
      expect(await rows.recover()).toEqual([of("t-1")]);
    });

    await rows.commit(of("t-1"));
    await rows.rollback(of("t-2"));
    expect(names(rows)).toEqual(["t-1"]);
    expect(rows.get("SELECT integrity_check AS found FROM pragma_integrity_check")).toEqual({
      found: "ok",
    });
    rows.close();
  });
});
