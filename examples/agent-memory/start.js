// The story: an agent stores memories and finds them again; a session thinks better of it; two sessions want
// the same memory; one is forgotten open; and a process dies in each phase of its commit, and this one recovers.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openFolderStore } from "@tetra/ttm-fs";
import { twoPhaseCommit } from "@tetra/tts-core/two-phase-commit";
import { openMemory } from "./memory.js";
import { skip, system } from "./system.js";

const HOUR_MS = 3_600_000;
const folder = process.env["TETRA_DIR"] ?? mkdtempSync(join(tmpdir(), "agent-memory-"));
const store = await openFolderStore({ folder: join(folder, "ttm", "txns") });
const coordinator = twoPhaseCommit({ ...system, store, runner: `story ${process.pid}` });
const memory = openMemory(folder);
const { participants } = memory;

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

function look() {
  const { rows, vectors, files } = memory.contents();
  return {
    agree: [vectors, files].every((other) => other.join("\n") === rows.join("\n")),
    counts: `${rows.length} rows, ${vectors.length} vectors, ${files.length} files`,
  };
}

function tellWhetherAllAgree() {
  const { agree, counts } = look();
  say(`  ${counts}: ${agree ? "all three agree" : "THEY DISAGREE"}`);
  if (!agree) process.exitCode = 1;
}

/** @param {unknown} error */
function tellRefusal(error) {
  if (!(error instanceof Error) || !("code" in error)) throw error;
  say(`  ${String(error.code)}: ${error.message}`);
}

say("An agent stores three memories, in rows, vectors and files, with one commit:");
const first = await coordinator.begin({
  session: "ann",
  description: "store what ann has told",
  participants,
});
await memory.write(coordinator, {
  txn: first,
  session: "ann",
  memories: [
    { id: "coffee", text: "Ann drinks her coffee black" },
    { id: "bicycle", text: "Ann rides a red bicycle to work" },
    { id: "deploys", text: "Deployments happen on Thursdays, never on Fridays" },
  ],
});
say(`  before the commit a search finds ${memory.recall("bicycle", 3).length}`);
say(`  ${first}: ${(await coordinator.commit(first)).phase}`);
for (const question of ["which bicycle does she ride?", "when do we deploy?"]) {
  const [nearest] = memory.recall(question, 1);
  say(`  "${question}" -> ${nearest?.text} (distance ${nearest?.distance.toFixed(2)})`);
}
tellWhetherAllAgree();

say("A session writes, and thinks better of it:");
const second = await coordinator.begin({
  session: "bob",
  description: "store a rumour",
  participants,
});
await memory.write(coordinator, {
  txn: second,
  session: "bob",
  memories: [
    { id: "coffee", text: "Ann drinks tea" },
    { id: "rumour", text: "The office moves to the moon" },
  ],
});
say(`  ${second}: ${(await coordinator.rollback(second, "it was only a rumour")).phase}`);
tellWhetherAllAgree();

say("Two open sessions change the same memory, and one of them waits for a reviewer's vote:");
/** @type {(vote: "read-only") => void} */
let approve = () => {};
let isAsked = () => {};
const asked = new Promise((resolve) => (isAsked = () => resolve(undefined)));
/** A participant can be anything that can promise: here a person, who has nothing to commit. */
const reviewer = {
  name: "reviewer",
  prepare: () => {
    isAsked();
    return new Promise((/** @type {(vote: "read-only") => void} */ resolve) => (approve = resolve));
  },
  commit: async () => {},
  rollback: async () => {},
  recover: async () => [],
};
const revision = await coordinator.begin({
  session: "ann",
  description: "revise the coffee",
  participants: [...participants, reviewer],
});
const rating = await coordinator.begin({
  session: "bob",
  description: "rate the coffee",
  participants: [memory.core],
});
await memory.write(coordinator, {
  txn: revision,
  session: "ann",
  memories: [{ id: "coffee", text: "Ann drinks her coffee with milk now" }],
});
memory.rate({ txn: rating, id: "coffee", importance: 5 });
const committing = coordinator.commit(revision);
await asked;
await coordinator.commit(rating).catch(tellRefusal);
approve("read-only");
say(`  the reviewer approves: ${(await committing).phase}`);
say(`  the other one again: ${(await coordinator.commit(rating)).phase}`);
tellWhetherAllAgree();

say("A session is left open, and holds the workspace:");
const forgotten = await coordinator.begin({
  session: "cleo",
  description: "store and forget",
  participants,
});
await memory.write(coordinator, {
  txn: forgotten,
  session: "cleo",
  memories: [{ id: "forgotten", text: "Nobody will ever commit this" }],
});
await coordinator
  .begin({ session: "dan", description: "wants the workspace too", participants })
  .catch(tellRefusal);
skip(2 * HOUR_MS);
say(`  open: ${await coordinator.activeCount()}`);
say(`  open for more than an hour, rolled back: ${await coordinator.timeoutStale(HOUR_MS)}`);
say(`  open: ${await coordinator.activeCount()}`);
tellWhetherAllAgree();

const MOMENTS = [
  ["before anybody has voted", "before core prepares"],
  ["after the first vote", "before vectors prepares"],
  ["after all votes, before the decision", "before decision"],
  ["after the decision, before the first commit", "before core commits"],
  ["between the commits", "before vectors commits"],
  ["after all commits, before the end is recorded", "before participant_done"],
];
for (const [at, [title = "", moment = ""]] of MOMENTS.entries()) {
  say(`A process is killed ${title}:`);
  const text = `Told just before a crash ${title}`;
  const args = [folder, moment, `crash-${at + 1}`, text];
  const dying = fork(join(import.meta.dirname, "dying.js"), args);
  const [, signal] = await once(dying, "exit");
  if (signal !== "SIGKILL") throw new Error(`it was not killed ${title}`);
  say(`  it leaves ${look().counts}`);
  const { committed, rolledBack } = await coordinator.recover({ participants });
  for (const id of committed) say(`  ${id}: committed`);
  for (const id of rolledBack) say(`  ${id}: rolled_back`);
  tellWhetherAllAgree();
}

say("What became of them all, newest first:");
for (const { id, session, outcome, reason } of await coordinator.log()) {
  say(`  ${id} (${session}): ${outcome}${reason === undefined ? "" : `, ${reason}`}`);
}
memory.close();
await store.close();
say(`The logs are in ${store.folder}`);
