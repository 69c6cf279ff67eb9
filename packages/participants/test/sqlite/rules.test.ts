import { join } from "node:path";
import { describe } from "vitest";
import { sqliteParticipant } from "../../src/sqlite/index.ts";
import { vectorParticipant } from "../../src/vector/index.ts";
import { participantRules } from "../participant-rules.ts";
import { temporaryFolder } from "../temporary-folder.ts";

describe("sqlite", () => {
  participantRules(async () => {
    const file = join(temporaryFolder(), "data.db");
    const opened = [sqliteParticipant({ name: "rows", file })];
    const [participant = sqliteParticipant({ name: "rows", file })] = opened;
    participant.branch("setup").run("CREATE TABLE item (name TEXT PRIMARY KEY)");
    await participant.onePhase.commit({ txn: "setup", participant: "rows" });
    return {
      participant,
      async change(txn, value) {
        participant.branch(txn).run("INSERT INTO item VALUES (?)", [value]);
      },
      async visible() {
        return participant
          .all("SELECT name FROM item ORDER BY name")
          .map(({ name }) => String(name));
      },
      async reopen() {
        const other = sqliteParticipant({ name: "rows", file });
        opened.push(other);
        return other;
      },
      async cleanup() {
        for (const one of opened) one.close();
      },
    };
  });
});

describe("vectors", () => {
  participantRules(async () => {
    const file = join(temporaryFolder(), "vectors.db");
    const participant = vectorParticipant({ name: "vectors", file });
    const opened = [participant];
    return {
      participant,
      async change(txn, value) {
        participant.branch(txn).upsert({ collection: "notes", id: value, vector: [1, 2, 3] });
      },
      async visible() {
        return participant.search("notes", [1, 2, 3], 100).map(({ id }) => id);
      },
      async reopen() {
        const other = vectorParticipant({ name: "vectors", file });
        opened.push(other);
        return other;
      },
      async cleanup() {
        for (const one of opened) one.close();
      },
    };
  });
});
