import { type FileSystem, writeAll } from "@tetra/durable-fs";
import { countingFileSystem, simulatedDisk } from "@tetra/durable-fs/testing";
import { describe, expect, it } from "vitest";
import { eventLoop } from "./event-loop.ts";
import { markedEntries } from "./marked-entries.ts";

const ROOT = "/txns";
const encoder = new TextEncoder();

/** Transactions `a` and `b` as another tool writes them, on a disk whose clock stands unless moved. */
function setUp() {
  let nowMs = 1000;
  const { fs, counts, reset } = countingFileSystem(simulatedDisk({ nowMs: () => nowMs }).fs("p"));
  fs.makeFolder(ROOT);
  for (const id of ["a", "b"]) {
    fs.makeFolder(`${ROOT}/${id}`);
    writeStage(fs, id, "NEW");
    nowMs += 1;
  }
  const marked = markedEntries({
    fs,
    root: ROOT,
    random: () => "random",
    bootId: () => "boot",
    nowMs: () => nowMs,
    readOnly: false,
    onProgress: () => undefined,
    loop: eventLoop(),
  });
  const stages = () => marked.read(["a", "b"]).map(({ id, state }) => [id, state.stage]);
  return { fs, counts, reset, stages, pass: () => void (nowMs += 1) };
}

/** In place: the file stays the same one. */
function writeStage(fs: FileSystem, id: string, stage: string): void {
  const fd = fs.open(`${ROOT}/${id}/state.json`, "append");
  fs.truncate(fd, 0);
  writeAll(fs, fd, encoder.encode(JSON.stringify({ txn_id: id, description: id, stage })));
  fs.close(fd);
}

function appendLine(fs: FileSystem, id: string, event: Readonly<Record<string, string>>): void {
  const fd = fs.open(`${ROOT}/${id}/events.ndjson`, "append");
  writeAll(fs, fd, encoder.encode(`${JSON.stringify({ ts: "2026-01-31T09:30:00Z", ...event })}\n`));
  fs.close(fd);
}

describe("marked transactions", () => {
  it("are read when they have changed, and else only asked for", () => {
    const { fs, counts, reset, stages, pass } = setUp();
    stages();
    stages(); // by now `b` is known to be later than `a`
    reset();

    expect(stages()).toEqual([
      ["a", "NEW"],
      ["b", "NEW"],
    ]);
    expect(counts.open).toBe(2); // state and log of the newest: it could still change without a trace
    pass();
    writeStage(fs, "a", "SELECT");
    expect(stages()).toEqual([
      ["a", "SELECT"],
      ["b", "NEW"],
    ]);
  });

  it("show a change of the same length within one tick of the clock", () => {
    const { fs, stages } = setUp();
    writeStage(fs, "b", "DONE");
    stages();

    writeStage(fs, "b", "FAIL");
    expect(stages()).toContainEqual(["b", "FAIL"]);
    writeStage(fs, "a", "DONE");
    stages();
    writeStage(fs, "a", "FAIL");

    expect(stages()).toContainEqual(["a", "FAIL"]);
  });

  it("show what was appended to the log", () => {
    const { fs, stages, pass } = setUp();
    fs.removeFile(`${ROOT}/a/state.json`);
    appendLine(fs, "a", { event: "txn_start", txn_id: "a", description: "a" });
    pass();
    writeStage(fs, "b", "NEW");
    stages();
    expect(stages()).toContainEqual(["a", "NEW"]);

    appendLine(fs, "a", { event: "stage_transition", from: "NEW", to: "SELECT" });

    expect(stages()).toContainEqual(["a", "SELECT"]);
  });

  it("are not shown through a link in the place of the folder", () => {
    const { fs, stages } = setUp();
    stages();
    stages();

    fs.rename(`${ROOT}/a`, "/elsewhere");
    fs.makeLink("/elsewhere", `${ROOT}/a`);

    expect(stages()).toEqual([["b", "NEW"]]);
  });
});
