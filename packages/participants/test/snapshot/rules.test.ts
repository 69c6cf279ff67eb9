import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { snapshotParticipant } from "../../src/snapshot/index.ts";
import { participantRules } from "../participant-rules.ts";
import { temporaryFolder } from "../temporary-folder.ts";

describe("a folder keeps the rules of participants", () => {
  participantRules(
    async () => {
      const folder = join(temporaryFolder(), "data");
      mkdirSync(folder);
      const open = (): ReturnType<typeof snapshotParticipant> =>
        snapshotParticipant({ name: "files", folder });
      return {
        participant: open(),
        change: async (_txn, value) => writeFileSync(join(folder, value), value),
        visible: async () => readdirSync(folder),
        reopen: async () => open(),
        cleanup: async () => undefined,
      };
    },
    { hidesWork: false, manyAtOnce: false, remembers: false, onePhase: false },
  );
});
