// Stores one memory and kills itself, for good, at the moment it is told: usage: dying.js <folder> <moment> <id> <text>
import { join } from "node:path";
import process from "node:process";
import { openFolderStore } from "@tetra/ttm-fs";
import { twoPhaseCommit } from "@tetra/tts-core/two-phase-commit";
import { openMemory } from "./memory.js";
import { system } from "./system.js";

const [folder = "", moment = "", id = "", text = ""] = process.argv.slice(2);

/** Ends the process when the moment has come, as a power cut would: nothing is cleaned up. @param {string} now */
function dieIf(now) {
  if (now === moment) process.kill(process.pid, "SIGKILL");
}

/**
 * The store, which dies before it writes certain lines.
 * @param {import("@tetra/tts-core").TransactionStore} store
 * @returns {import("@tetra/tts-core").TransactionStore}
 */
const dyingStore = (store) => ({
  ...store,
  append(txn, revision, events, options) {
    for (const { event } of events) dieIf(`before ${event}`);
    return store.append(txn, revision, events, options);
  },
});

/**
 * A participant that dies before it does what it is asked.
 * @template {import("@tetra/tts-core/two-phase-commit").Participant} P
 * @param {P} participant
 * @returns {P}
 */
const dyingParticipant = (participant) => ({
  ...participant,
  prepare(branch) {
    dieIf(`before ${participant.name} prepares`);
    return participant.prepare(branch);
  },
  commit(branch) {
    dieIf(`before ${participant.name} commits`);
    return participant.commit(branch);
  },
});

const store = dyingStore(await openFolderStore({ folder: join(folder, "ttm", "txns") }));
const coordinator = twoPhaseCommit({ ...system, store, runner: `dying ${process.pid}` });
const memory = openMemory(folder);
const participants = memory.participants.map(dyingParticipant);
const txn = await coordinator.begin({ session: "dying", description: `store ${id}`, participants });
await memory.write(coordinator, { txn, session: "dying", memories: [{ id, text }] });
await coordinator.commit(txn);
