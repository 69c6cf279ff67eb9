import { TetraError } from "@tetra/errors";
import { type EventRecord, newEvent, type NewEvent, type TtsErrorCode } from "@tetra/tts-core";
import type { FlowPorts } from "../flow-ports.ts";
import { changeFlow } from "../flow/change-flow.ts";
import { flowEvents } from "../flow/flow-events.ts";
import { makeEvidenceFolder } from "../flow/flow-parts.ts";
import { flowPaths } from "../folder/flow-paths.ts";
import { chosen, type EvidenceChoice } from "./evidence-choice.ts";
import { formatEvidence, parseEvidence } from "./evidence-file.ts";
import {
  evidenceAmong,
  evidenceKind,
  formatEvidenceName,
  type NamedEvidence,
  nextRank,
  rebasePlan,
  type Renaming,
} from "./evidence-name.ts";
import { type EvidenceSource, sourceMissing, takeEvidence } from "./evidence-source.ts";

// Evidence files of one flow, changed under its lock.
//
// V1. Evidence is durable under its name before the event that names it. Whoever adds the same again after a
//     crash in between finds the file that no event names, and only records it.
// V2. What is switched, removed or renumbered is recorded first and done then: the same again finishes it,
//     but for switching over, which is on or off only when it is said which.
// V3. No name that is taken is ever renamed to.

/** A piece of evidence in `ctx/evidence/`. */
export interface EvidencePiece extends NamedEvidence {
  /** Absolute path of the evidence file or link. */
  readonly path: string;
  /** Absolute path of the source; absent when the file does not say. */
  readonly source?: string;
  /** `full`, `lines=a:b` or `bytes=a:b`. */
  readonly span: string;
  readonly tags: readonly string[];
  /** Size of the evidence: of the file, or of what a link leads to. */
  readonly bytes: number;
}

/** The evidence files of a flow: `id` is a whole one everywhere. */
export interface EvidenceStore {
  /** All of it by rank, switched off evidence included. */
  list(id: string): Promise<readonly EvidencePiece[]>;
  /**
   * Copies a file, or a part of it.
   * @returns the name of the evidence file.
   * @throws TetraError `NOT_FOUND` when the file or the flow is missing, `INVALID_INPUT` when the range is
   *   behind the end, `NOT_TEXT`.
   */
  add(id: string, source: EvidenceSource): Promise<string>;
  /**
   * Links to a file instead of copying it.
   * @returns the name of the link.
   * @throws TetraError `NOT_FOUND`.
   */
  link(id: string, source: EvidenceSource): Promise<string>;
  /**
   * Switches evidence on or off, or, without `on`, over.
   * @returns the names that it has then.
   * @throws TetraError `NOT_FOUND` when none is meant, `EXISTS` when a name is taken.
   */
  toggle(id: string, choice: EvidenceChoice, on?: boolean): Promise<readonly string[]>;
  /** Removes evidence. @returns its names. @throws TetraError `NOT_FOUND` when none is meant. */
  remove(id: string, choice: EvidenceChoice): Promise<readonly string[]>;
  /** Gives all of it the ranks 100, 110, 120 … in its order. @returns what was renamed. */
  rebase(id: string): Promise<readonly Renaming[]>;
  /**
   * The content of a piece, as it stands.
   * @throws TetraError `NOT_FOUND` when it is not there, or its link leads nowhere.
   */
  read(piece: EvidencePiece): Promise<Uint8Array>;
}

/** Events that name a new piece. */
const NAMING: ReadonlySet<string> = new Set(["evidence_added", "evidence_linked"]);
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Makes what handles evidence files. It keeps nothing. */
export function evidenceStore(ports: FlowPorts): EvidenceStore {
  const { store, files, folder, clock } = ports;

  async function names(id: string): Promise<readonly NamedEvidence[]> {
    return evidenceAmong(await files.names(flowPaths(folder, id).evidence));
  }

  /** Alone among all that change this flow's evidence. */
  async function alone<T>(
    id: string,
    run: (there: readonly NamedEvidence[], evidence: string) => Promise<T>,
  ): Promise<T> {
    await store.load(id); // nothing is made for a flow that does not exist
    const paths = flowPaths(folder, id);
    const { evidence, lock } = paths;
    await makeEvidenceFolder(files, paths);
    return await files.exclusively(lock, async () => {
      await files.sweep(evidence);
      return await run(await names(id), evidence);
    });
  }

  async function record(id: string, event: NewEvent): Promise<void> {
    await changeFlow(ports, id, () => [event]);
  }

  async function list(id: string): Promise<readonly EvidencePiece[]> {
    const { evidence } = flowPaths(folder, id);
    const pieces: EvidencePiece[] = [];
    for (const named of await names(id)) {
      const path = `${evidence}/${named.name}`;
      const piece = await (named.form === "link" ? linked : copied)(named, path);
      if (piece !== undefined) pieces.push(piece);
    }
    return pieces;
  }

  async function copied(named: NamedEvidence, path: string): Promise<EvidencePiece | undefined> {
    const stat = await files.stat(path);
    if (stat?.kind !== "file") return undefined;
    const content = await files.read(path);
    if (content === undefined) return undefined; // removed meanwhile
    const { source, span = "full", tags = [] } = parseEvidence(decoder.decode(content)) ?? {};
    const origin = source === undefined || source === "" ? {} : { source };
    return { ...named, path, ...origin, span, tags, bytes: content.length };
  }

  async function linked(named: NamedEvidence, path: string): Promise<EvidencePiece | undefined> {
    const stat = await files.stat(path);
    if (stat?.target === undefined) return undefined;
    const source = await files.real(path);
    const bytes = source === undefined ? 0 : ((await files.stat(source))?.bytes ?? 0);
    const origin = source === undefined ? {} : { source };
    return { ...named, path, ...origin, span: "full", tags: [], bytes };
  }

  /** V1: evidence that is the last, is the same, and that no event names. */
  async function unrecorded(
    id: string,
    last: NamedEvidence | undefined,
    isSame: (path: string) => Promise<boolean>,
  ): Promise<NamedEvidence | undefined> {
    if (last === undefined || !last.isActive) return undefined;
    if (isRecorded(flowEvents(await store.read(id)), last.name)) return undefined;
    return (await isSame(`${flowPaths(folder, id).evidence}/${last.name}`)) ? last : undefined;
  }

  async function add(id: string, source: EvidenceSource): Promise<string> {
    const wanted = await takeEvidence(files, source);
    const bytes = encoder.encode(formatEvidence(wanted));
    return await alone(id, async (there, evidence) => {
      const unnamed = await unrecorded(id, there.at(-1), async (path) => {
        const left = await files.read(path);
        return left !== undefined && decoder.decode(left) === decoder.decode(bytes);
      });
      const name = unnamed?.name ?? nameFor(there, source.path, "file");
      if (unnamed === undefined) await files.replace(`${evidence}/${name}`, bytes);
      const { span, tags, cid } = wanted;
      const fields = { file: name, span, tags, source: source.path, cid };
      await record(id, newEvent("evidence_added", clock.now(), fields));
      return name;
    });
  }

  async function link(id: string, { path, selector }: EvidenceSource): Promise<string> {
    if ((await files.real(path)) === undefined) throw sourceMissing(selector.file);
    return await alone(id, async (there, evidence) => {
      const unnamed = await unrecorded(id, there.at(-1), async (at) => {
        return (await files.stat(at))?.target === path;
      });
      const name = unnamed?.name ?? nameFor(there, path, "link");
      await files.link(path, `${evidence}/${name}`);
      await record(id, newEvent("evidence_linked", clock.now(), { file: name, source: path }));
      return name;
    });
  }

  async function carryOut(evidence: string, renamings: readonly Renaming[]): Promise<void> {
    for (const { from, to } of renamings)
      await files.rename(`${evidence}/${from}`, `${evidence}/${to}`);
  }

  /** V2 */
  async function select(
    id: string,
    selected: {
      readonly method: string;
      readonly files: readonly string[];
      readonly count: number;
    },
  ): Promise<void> {
    await record(id, newEvent("evidence_selected", clock.now(), selected));
  }

  return {
    list,
    add,
    link,
    toggle: (id, choice, on) =>
      alone(id, async (there, evidence) => {
        const meant = found(there, choice);
        const after = meant.map((one) => ({ ...one, isActive: on ?? !one.isActive }));
        const renamings = after
          .map((one) => ({ from: one.name, to: formatEvidenceName(one) }))
          .filter(({ from, to }) => from !== to);
        const clash = renamings.find(({ to }) => there.some(({ name }) => name === to));
        if (clash !== undefined) throw nameTaken(clash.to); // V3
        const result = after.map(formatEvidenceName);
        const count = active(there.filter((one) => !meant.includes(one))) + active(after);
        await select(id, { method: "toggle", files: result, count });
        await carryOut(evidence, renamings);
        return result;
      }),
    remove: (id, choice) =>
      alone(id, async (there, evidence) => {
        const meant = found(there, choice);
        const gone = meant.map(({ name }) => name);
        const count = active(there.filter((one) => !meant.includes(one)));
        await select(id, { method: "remove", files: gone, count });
        for (const name of gone) await files.remove(`${evidence}/${name}`);
        return gone;
      }),
    rebase: (id) =>
      alone(id, async (there, evidence) => {
        const renamings = rebasePlan(there);
        const now = new Map(renamings.map(({ from, to }) => [from, to]));
        const order = there.map(({ name }) => now.get(name) ?? name);
        await select(id, { method: "rebase", files: order, count: active(there) });
        await carryOut(evidence, renamings);
        return renamings;
      }),
    async read({ name, path }) {
      const content = await files.read(path);
      if (content !== undefined) return content;
      throw new TetraError<TtsErrorCode>("NOT_FOUND", `${name}: no such evidence`, {
        hint: "list the evidence to see what there is",
        details: { name },
      });
    },
  };
}

function nameFor(
  there: readonly NamedEvidence[],
  source: string,
  form: NamedEvidence["form"],
): string {
  return formatEvidenceName({
    rank: nextRank(there),
    kind: evidenceKind(source),
    form,
    isActive: true,
  });
}

function active(evidence: readonly { readonly isActive: boolean }[]): number {
  return evidence.filter(({ isActive }) => isActive).length;
}

function isRecorded(events: readonly EventRecord[], name: string): boolean {
  return events.some(
    ({ event, file, files }) =>
      (NAMING.has(event) && file === name) || (Array.isArray(files) && files.includes(name)),
  );
}

function found(there: readonly NamedEvidence[], choice: EvidenceChoice): readonly NamedEvidence[] {
  const meant = chosen(there, choice);
  if (meant.length > 0) return meant;
  const shown =
    choice.type === "pattern" ? JSON.stringify(choice.pattern) : `rank ${choice.from}-${choice.to}`;
  throw new TetraError<TtsErrorCode>("NOT_FOUND", `no evidence fits ${shown}`, {
    hint: "list the evidence to see ranks and names",
  });
}

function nameTaken(name: string): TetraError<TtsErrorCode> {
  return new TetraError("EXISTS", `${name}: evidence of this name is there already`, {
    hint: "remove one of the two",
    details: { name },
  });
}
