import { isTetraError, TetraError } from "@tetra/errors";
import {
  compareBytes,
  newIds,
  type Transaction,
  transactionManager,
  type TransactionState,
  type TtsErrorCode,
} from "@tetra/tts-core";
import { type EvidenceStore, evidenceStore } from "./evidence/evidence-store.ts";
import type { FlowPorts } from "./flow-ports.ts";
import { changeFlow, loadFlow } from "./flow/change-flow.ts";
import {
  beginFlow,
  checkpointFlow,
  completeFlow,
  type Completion,
  type Flow,
  moveFlow,
  type NewFlow,
  tagFlow,
} from "./flow/decide-flow.ts";
import { type Checkpoint, checkpointsIn, flowEvents } from "./flow/flow-events.ts";
import { makeFlowParts } from "./flow/flow-parts.ts";
import { flowPaths } from "./folder/flow-paths.ts";
import type { FlowListEntry } from "./page/list-page.ts";
import { estimatedTokens, type FlowStatus } from "./page/status-page.ts";

/** A move that a flow made, by stored stages. */
export interface FlowMove {
  readonly from: string;
  readonly to: string;
  readonly transaction: Transaction;
}

/**
 * RAG flows: transactions with a prompt, evidence files and an end that tells what was learned.
 *
 * Where a method takes an `id`, any prefix that fits one flow will do, and without one (or with an empty one)
 * the active flow is meant. All such methods throw `NO_ACTIVE` when there is none, `NOT_FOUND`, `AMBIGUOUS`
 * or `INVALID_ID` when the id does not name one, and `IO` when the store fails; those that change something
 * also `READ_ONLY`.
 *
 * Each change is one append, so it is there or not, and may only be made again if it is not; or it says that
 * it can be made again.
 */
export interface Flows {
  /** The folder of the flows, absolute. */
  readonly folder: string;
  /** Evidence files, by whole ids. */
  readonly evidence: EvidenceStore;

  /**
   * Makes a flow, its policy, prompt and folder of evidence, makes it the active one, and adds it to the
   * current session if there is one. One append makes the flow; `resume` makes the rest after a crash.
   * @throws TetraError `INVALID_INPUT` when the description is empty.
   */
  create(wanted: NewFlow): Promise<Transaction>;
  /** The active flow's id. */
  active(): Promise<string | undefined>;
  /** The whole id. */
  resolveId(id?: string): Promise<string>;
  /** What `state.json` holds. */
  state(id?: string): Promise<TransactionState>;
  /** The flow as its log tells it, with its stage by RAG's name. */
  load(id?: string): Promise<Flow>;
  /**
   * Sets fields of the state. One append.
   * @throws TetraError `INVALID_INPUT` when a field cannot be set, or not to that.
   */
  update(id: string | undefined, changes: Readonly<Record<string, unknown>>): Promise<Transaction>;
  /** Moves to a stage by RAG's name. One append. @throws TetraError `INVALID_STAGE`, `INVALID_INPUT` */
  transition(ragStage: string, id?: string): Promise<FlowMove>;
  /** Notes something and moves to its stage. One append. @throws as `transition` */
  checkpoint(
    checkpoint: { readonly stage: string; readonly metadata?: Record<string, unknown> },
    id?: string,
  ): Promise<FlowMove>;
  /** What was noted, oldest first. */
  checkpoints(id?: string): Promise<readonly Checkpoint[]>;
  /** Ends a flow. One append. @throws TetraError `INVALID_STAGE`, `INVALID_INPUT` */
  complete(completion?: Completion, id?: string): Promise<Transaction>;
  /** Adds tags. One append. @throws TetraError `INVALID_INPUT` */
  tag(tags: readonly string[], id?: string): Promise<Transaction>;
  /** Everything a page about one flow shows. */
  status(id?: string): Promise<FlowStatus>;
  /** Flows by id; those in a stored stage keep their index in the whole list. */
  list(query?: { readonly stage?: string }): Promise<readonly FlowListEntry[]>;
  /**
   * Carries a flow on: makes what a crash left out, and makes it the active one. Can be repeated.
   * @param idOrIndex an id, or a number: the place in the unfiltered list, from 1.
   */
  resume(idOrIndex: string): Promise<TransactionState>;
  /**
   * Absolute paths of what `$e1`, `$e2` … stand for: the evidence files that are on, by rank; where there is
   * none, the numbered context files.
   */
  evidencePaths(id?: string): Promise<readonly string[]>;
}

const decoder = new TextDecoder();

/** Makes flows over a store. It keeps nothing: any number of them may work on one folder. */
export function flowsIn(ports: FlowPorts): Flows {
  const { store, clock, files, folder, sessions } = ports;
  const manager = transactionManager({ store, clock });
  const freeIds = newIds(clock);
  const evidence = evidenceStore(ports);

  async function create(wanted: NewFlow): Promise<Transaction> {
    const id = await freeIds.create(wanted.description, async (chosen, atMs) => {
      await store.create(chosen, beginFlow(chosen, wanted, atMs));
      return chosen;
    });
    const transaction = await store.load(id);
    await makeFlowParts(ports, transaction.state);
    await store.activate(id);
    await addToSession(id);
    return transaction;
  }

  async function addToSession(id: string): Promise<void> {
    if (sessions === undefined || (await sessions.active()) === undefined) return;
    try {
      await sessions.addFlow(id);
    } catch (error) {
      // a session that cannot be read keeps nobody from making flows; asking for it tells
      if (!isTetraError(error, "NOT_FOUND")) throw error;
    }
  }

  async function change(
    id: string | undefined,
    decide: Parameters<typeof changeFlow>[2],
  ): Promise<FlowMove> {
    const { before, after } = await changeFlow(ports, await manager.resolveId(id), decide);
    return { from: before.transaction.state.stage, to: after.state.stage, transaction: after };
  }

  async function list({ stage }: { readonly stage?: string } = {}): Promise<
    readonly FlowListEntry[]
  > {
    // other tools change states without telling an index; flows are counted in dozens
    const states = await store.list({ fresh: true });
    const active = await store.active();
    return states
      .filter((state) => !Object.hasOwn(state, "saga")) // what changes were applied by is no flow
      .toSorted((a, b) => compareBytes(a.txn_id, b.txn_id))
      .map((state, at) => ({ index: at + 1, state, isActive: state.txn_id === active }))
      .filter(({ state }) => stage === undefined || stage === "" || state.stage === stage);
  }

  async function idAt(index: string): Promise<string> {
    const found = (await list())[Number(index) - 1];
    if (found !== undefined) return found.state.txn_id;
    throw new TetraError<TtsErrorCode>("NOT_FOUND", `no flow at index ${index}`, {
      hint: "list the flows to see their indices",
      details: { index },
    });
  }

  async function textAt(path: string): Promise<string | undefined> {
    const content = await files.read(path);
    return content === undefined ? undefined : decoder.decode(content);
  }

  async function status(given?: string): Promise<FlowStatus> {
    const id = await manager.resolveId(given);
    const { transaction, ragStage } = await loadFlow(ports, id);
    const paths = flowPaths(folder, id);
    const prompt = await textAt(paths.prompt);
    const answer = await textAt(paths.answer);
    const counted = (await files.names(paths.evidence)).filter((name) =>
      name.endsWith(".evidence.md"),
    );
    return {
      id,
      state: transaction.state,
      ragStage,
      isActive: (await store.active()) === id,
      evidence: counted.length,
      tokens: estimatedTokens((await textAt(paths.assembled)) ?? ""),
      ...(prompt === undefined ? {} : { prompt }),
      ...(answer === undefined ? {} : { answer }),
      paths,
    };
  }

  async function evidencePaths(given?: string): Promise<readonly string[]> {
    const id = await manager.resolveId(given);
    const active = (await evidence.list(id)).filter(({ isActive }) => isActive);
    if (active.length > 0) return active.map(({ path }) => path);
    const { context } = flowPaths(folder, id);
    const { variables } = await manager.evidence(id);
    return variables.map(({ name }) => `${context}/${name}`);
  }

  return {
    folder,
    evidence,
    create,
    active: () => store.active(),
    resolveId: (id) => manager.resolveId(id),
    state: (id) => manager.state(id),
    load: async (id) => loadFlow(ports, await manager.resolveId(id)),
    update: (id, changes) => manager.update(id, changes),
    transition: (ragStage, id) => change(id, (flow) => moveFlow(flow, ragStage, clock.now())),
    checkpoint: ({ stage, metadata = {} }, id) =>
      change(id, (flow) => checkpointFlow(flow, { stage, metadata }, clock.now())),
    checkpoints: async (id) =>
      checkpointsIn(flowEvents(await store.read(await manager.resolveId(id)))),
    complete: async (completion = {}, id) =>
      (await change(id, (flow) => completeFlow(flow, completion, clock.now()))).transaction,
    tag: async (tags, id) =>
      (await change(id, (flow) => tagFlow(flow, tags, clock.now()))).transaction,
    status,
    list,
    async resume(idOrIndex) {
      const given = /^[0-9]+$/.test(idOrIndex) ? await idAt(idOrIndex) : idOrIndex;
      const state = await manager.state(given);
      // a transaction that is no flow stays what it is
      if (Object.hasOwn(state, "flow_type")) await makeFlowParts(ports, state);
      await store.activate(state.txn_id);
      return state;
    },
    evidencePaths,
  };
}
