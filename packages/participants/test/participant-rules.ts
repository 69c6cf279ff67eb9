import type { Branch, Participant } from "@tetra/tts-core/two-phase-commit";
import { describe, expect, it, onTestFinished } from "vitest";

// What every participant must do, whatever it is made of. Each kind of resource gives a fixture and runs them.

/** A resource with one participant. */
export interface ParticipantFixture {
  /** The participant under test. */
  readonly participant: Participant;
  /** Adds a change to the branch of `txn`, after the participant's `begin`; such as a row named `value`. */
  change(txn: string, value: string): Promise<void>;
  /** The values that everybody sees, in any order. */
  visible(): Promise<readonly string[]>;
  /** Another participant of the same name over the same resource, as another process would have. */
  reopen(): Promise<Participant>;
  /** Ends everything, and removes the resource. */
  cleanup(): Promise<void>;
}

/** What kind of resource it is, where kinds differ. */
export interface ParticipantTraits {
  /** Whether a change is seen by nobody before the commit; false where work is done in place. Default true. */
  readonly hidesWork?: boolean;
  /** Whether two transactions can be prepared at once. Default true. */
  readonly manyAtOnce?: boolean;
  /** Whether it can tell that a branch without a trace was never prepared. Default true. */
  readonly remembers?: boolean;
  /** Whether it can commit without preparing. Default true. */
  readonly onePhase?: boolean;
}

/**
 * Runs the rules as specs of the current file.
 * @param open makes an empty resource for each.
 */
export function participantRules(
  open: () => Promise<ParticipantFixture>,
  {
    hidesWork = true,
    manyAtOnce = true,
    remembers = true,
    onePhase = true,
  }: ParticipantTraits = {},
): void {
  // what a resource does not promise is no rule for it: such a test is not there, rather than skipped
  const itWhere = (holds: boolean) => (holds ? it : nothing);
  const describeWhere = (holds: boolean) => (holds ? describe : nothing);
  const opened = async (): Promise<ParticipantFixture> => {
    const fixture = await open();
    onTestFinished(() => fixture.cleanup());
    return fixture;
  };
  const prepared = async (fixture: ParticipantFixture, txn: string): Promise<Branch> => {
    const branch = branchOf(fixture, txn);
    await fixture.participant.begin?.(branch);
    await fixture.change(txn, `of-${txn}`);
    expect(await fixture.participant.prepare(branch)).toBe("yes");
    return branch;
  };

  describe("commit", () => {
    it("makes what was prepared visible, and twice is as good as once", async () => {
      const fixture = await opened();
      const branch = await prepared(fixture, "t-1");

      await fixture.participant.commit(branch);
      await fixture.participant.commit(branch);

      expect(await fixture.visible()).toEqual(["of-t-1"]);
      expect(await fixture.participant.recover()).toEqual([]);
    });

    it("can be done by another process", async () => {
      const fixture = await opened();
      const branch = await prepared(fixture, "t-1");
      const other = await fixture.reopen();

      await other.commit(branch);
      await fixture.participant.commit(branch);

      expect(await fixture.visible()).toEqual(["of-t-1"]);
      expect(await other.recover()).toEqual([]);
    });

    itWhere(remembers)("of a branch that was never prepared is a HEURISTIC", async () => {
      const fixture = await opened();

      const commit = fixture.participant.commit(branchOf(fixture, "t-unknown"));

      await expect(commit).rejects.toMatchObject({ name: "TetraError", code: "HEURISTIC" });
    });
  });

  describe("rollback", () => {
    it("leaves nothing of what was prepared, and twice is as good as once", async () => {
      const fixture = await opened();
      const branch = await prepared(fixture, "t-1");

      await fixture.participant.rollback(branch);
      await fixture.participant.rollback(branch);

      expect(await fixture.visible()).toEqual([]);
      expect(await fixture.participant.recover()).toEqual([]);
    });

    it("of a branch that is unknown succeeds", async () => {
      const fixture = await opened();

      await fixture.participant.rollback(branchOf(fixture, "t-unknown"));

      expect(await fixture.visible()).toEqual([]);
    });

    it("of a branch that was never prepared leaves nothing of it", async () => {
      const fixture = await opened();
      const branch = branchOf(fixture, "t-1");
      await fixture.participant.begin?.(branch);
      await fixture.change("t-1", "of-t-1");

      await fixture.participant.rollback(branch);

      expect(await fixture.visible()).toEqual([]);
      expect(await fixture.participant.recover()).toEqual([]);
    });

    it("can be done by another process", async () => {
      const fixture = await opened();
      const branch = await prepared(fixture, "t-1");
      const other = await fixture.reopen();

      await other.rollback(branch);
      await fixture.participant.rollback(branch);

      expect(await fixture.visible()).toEqual([]);
      expect(await other.recover()).toEqual([]);
    });

    itWhere(remembers)(
      "of a branch that is committed is a HEURISTIC, and changes nothing",
      async () => {
        const fixture = await opened();
        const branch = await prepared(fixture, "t-1");
        await fixture.participant.commit(branch);

        const rollback = fixture.participant.rollback(branch);

        await expect(rollback).rejects.toMatchObject({ name: "TetraError", code: "HEURISTIC" });
        expect(await fixture.visible()).toEqual(["of-t-1"]);
      },
    );
  });

  describe("prepare", () => {
    itWhere(hidesWork)("shows nobody anything", async () => {
      const fixture = await opened();

      await prepared(fixture, "t-1");

      expect(await fixture.visible()).toEqual([]);
    });

    it("promises the same when it is asked again, here and in another process", async () => {
      const fixture = await opened();
      const branch = await prepared(fixture, "t-1");
      const other = await fixture.reopen();

      expect(await fixture.participant.prepare(branch)).toBe("yes");
      expect(await other.prepare(branch)).toBe("yes");

      await other.commit(branch);
      expect(await fixture.visible()).toEqual(["of-t-1"]);
    });
  });

  describe("recover", () => {
    it("finds nothing where nothing is prepared", async () => {
      const fixture = await opened();
      const begun = branchOf(fixture, "t-begun");
      await fixture.participant.begin?.(begun);
      await fixture.change("t-begun", "of-t-begun");
      await fixture.participant.rollback(begun);

      expect(await fixture.participant.recover()).toEqual([]);
    });

    it("lists what is prepared, in every process", async () => {
      const fixture = await opened();
      const branch = await prepared(fixture, "t-1");
      const other = await fixture.reopen();

      expect(await fixture.participant.recover()).toEqual([branch]);
      expect(await other.recover()).toEqual([branch]);
    });

    itWhere(manyAtOnce)("lists exactly what is prepared and has not ended", async () => {
      const fixture = await opened();
      const { participant } = fixture;
      const branches = new Map<string, Branch>();
      for (const txn of ["t-1", "t-2", "t-3", "t-4"]) {
        branches.set(txn, await prepared(fixture, txn));
      }
      await participant.commit(branches.get("t-1") ?? branchOf(fixture, "t-1"));
      await participant.rollback(branches.get("t-3") ?? branchOf(fixture, "t-3"));

      const waiting = (await (await fixture.reopen()).recover()).map(({ txn }) => txn);

      expect(waiting.toSorted()).toEqual(["t-2", "t-4"]);
      expect(await fixture.visible()).toEqual(["of-t-1"]);
    });
  });

  itWhere(manyAtOnce)("branches end independently, in any order", async () => {
    const fixture = await opened();
    const first = await prepared(fixture, "t-1");
    const second = await prepared(fixture, "t-2");
    const third = await prepared(fixture, "t-3");

    await fixture.participant.commit(third);
    await fixture.participant.rollback(first);
    await fixture.participant.commit(second);

    expect((await fixture.visible()).toSorted()).toEqual(["of-t-2", "of-t-3"]);
  });

  describeWhere(onePhase)("one phase", () => {
    it("commits at once, twice as good as once, and every process can ask", async () => {
      const fixture = await opened();
      const branch = branchOf(fixture, "t-1");
      await fixture.participant.begin?.(branch);
      await fixture.change("t-1", "of-t-1");
      const before = await fixture.participant.onePhase?.isCommitted(branch);

      await fixture.participant.onePhase?.commit(branch);
      await fixture.participant.onePhase?.commit(branch);

      const other = await fixture.reopen();
      expect(before).toBe(false);
      expect(await other.onePhase?.isCommitted(branch)).toBe(true);
      expect(await fixture.visible()).toEqual(["of-t-1"]);
      expect(await other.recover()).toEqual([]);
    });
  });
}

function branchOf({ participant }: ParticipantFixture, txn: string): Branch {
  return { txn, participant: participant.name };
}

function nothing(_name: string, _run: () => unknown): void {}
