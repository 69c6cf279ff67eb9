import { isTetraError, TetraError } from "@tetra/errors";
import { changeFlow, contentId, flowPaths, moveFlow } from "@tetra/rag-adapter";
import {
  checkAnswer,
  type CheckedAnswer,
  type FileStepData,
  PATCH_ARTIFACTS,
  patchedFiles,
  readAnswer,
  recordPatch,
} from "@tetra/rag-adapter/patch";
import {
  isFinal,
  newEvent,
  STANDARD,
  transactionManager,
  type TransactionStore,
} from "@tetra/tts-core";
import { readSaga, type Sagas, type SagaView } from "@tetra/tts-core/saga";
import type { TtmErrorCode } from "../errors.ts";
import type { FlowGround } from "./flow-ground.ts";
import { projectFiles } from "./project-files.ts";

// F1. The flow names the transaction that changes the files before anything of it is done: whoever applies the
//     same answer again carries that one on, and no answer is applied while another one is half done.
// F2. The flow moves on only when the transaction is committed. Whoever dies in between leaves that to the next
//     who applies the same answer.

/** The field of a flow that holds the transaction that applied its answer last. */
const APPLIED_BY = "apply_txn";

/** An answer, and how it is to be applied. */
export interface ApplyRequest {
  readonly answer: string;
  /** How many lines around what a hunk changes may differ. Default 0. */
  readonly fuzz?: number;
  /** What is taken from the mode of new files and folders. */
  readonly umask: number;
}

/** What became of an answer. */
export interface Applied {
  /** The transaction that changed the files; absent when there was nothing to change. */
  readonly txn?: string;
  readonly view?: SagaView;
  /** The files that it changes. */
  readonly files: readonly FileStepData[];
  /** What a person should know; one line each. */
  readonly remarks: readonly string[];
  /** The name in `ctx/` of what was changed, as a diff. */
  readonly evidence?: string;
}

/**
 * Works out what an answer would change, and changes nothing.
 * @throws TetraError a `PatchErrorCode`
 */
export function checkApply(
  { project, kept }: FlowGround,
  { answer, fuzz = 0, umask }: ApplyRequest,
): CheckedAnswer {
  return checkAnswer(readAnswer(answer), projectFiles({ root: project, kept }), { fuzz, umask });
}

/** The answer of a flow as it was written to `build/answer.md`. @throws TetraError `NOT_FOUND` */
export async function flowAnswer({ ports }: FlowGround, id: string): Promise<string> {
  const { answer } = flowPaths(ports.folder, id);
  const bytes = await ports.files.read(answer);
  if (bytes !== undefined) return answerText(bytes);
  throw new TetraError<TtmErrorCode>("NOT_FOUND", `${id}: there is no answer yet`, {
    hint: `write the model's answer to ${answer}, or name a file`,
    details: { id, answer },
  });
}

/** @throws TetraError `INVALID_ANSWER` when it is not UTF-8 */
function answerText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TetraError<TtmErrorCode>("INVALID_ANSWER", "the answer is not text in UTF-8", {
      hint: "save it as UTF-8",
      cause,
    });
  }
}

/** What carries the transaction on. */
export interface ApplyParts {
  readonly sagas: Pick<Sagas, "define" | "view">;
  /** Carries the saga on, to its end or as far as it goes. */
  readonly carryOn: (txn: string) => Promise<SagaView>;
}

/**
 * Applies an answer as a transaction of its own, records that in the flow, and moves it to APPLY and, when all is
 * done, to VALIDATE. Called again after a crash it goes on with the transaction that was begun.
 * @throws TetraError `CONFLICT` when another answer is half applied; a `PatchErrorCode` before anything changes.
 */
export async function applyFlow(
  ground: FlowGround,
  id: string,
  request: ApplyRequest,
  { sagas, carryOn }: ApplyParts,
): Promise<Applied> {
  const { ports } = ground;
  const digest = contentId(new TextEncoder().encode(request.answer));
  const begun = await begunPatch(ground, id, { digest, sagas });
  if (begun !== undefined) {
    const view = begun.status === "committed" ? begun : await carryOn(begun.id);
    return ended(ground, id, { view, remarks: [`carried on what was begun: ${begun.id}`] });
  }
  const checked = checkApply(ground, request);
  const { remarks } = checked;
  if (checked.changes.length === 0) {
    await validate(ground, id);
    return { files: [], remarks };
  }
  const { state } = await ports.store.load(id);
  refuseFinal(id, state.stage);
  const txn = await recordPatch({ ...ports, sagas }, checked, {
    root: ground.project,
    description: `apply ${state.description}`,
    agent: state.agent ?? "base",
    answer: request.answer,
    // F1
    onCreated: async (made) => {
      await changeFlow(ports, id, (flow) => [
        ...moveFlow(flow, "APPLY", ports.clock.now()),
        newEvent("answer_applied", ports.clock.now(), { txn: made, digest }),
        newEvent("txn_update", ports.clock.now(), { changes: { [APPLIED_BY]: made } }),
      ]);
    },
  });
  return ended(ground, id, { view: await carryOn(txn), remarks });
}

/** What was begun and is not done: its files, or what comes behind them. F1, F2 */
async function begunPatch(
  { ports, flows }: FlowGround,
  id: string,
  { digest, sagas }: { readonly digest: string; readonly sagas: ApplyParts["sagas"] },
): Promise<SagaView | undefined> {
  const { store } = ports;
  const applied = (await store.read(id)).findLast(({ event }) => event?.event === "answer_applied");
  const txn = applied?.event?.["txn"];
  const isSame = applied?.event?.["digest"] === digest;
  if (typeof txn !== "string" || !(await isDefined(store, txn))) {
    // whoever made it died before anything was done
    if (typeof txn === "string") await neverBegun(ports, txn);
    return undefined;
  }
  const view = await sagas.view(txn);
  if (view.status === "rolled_back" || view.undoneBy !== undefined) return undefined;
  if (view.status === "committed") {
    return isSame && (await flows.load(id)).ragStage === "APPLY" ? view : undefined;
  }
  if (isSame) return view;
  throw new TetraError<TtmErrorCode>(
    "CONFLICT",
    `${id}: another answer is half applied by ${txn}`,
    {
      hint: `ttm saga resume ${txn} finishes it, ttm saga rollback ${txn} takes it back`,
      details: { id, txn },
    },
  );
}

async function neverBegun(ports: FlowGround["ports"], txn: string): Promise<void> {
  try {
    await transactionManager(ports).fail("never begun", txn);
  } catch (error) {
    // put away, or told so before
    if (!isTetraError(error, "NOT_FOUND") && !isTetraError(error, "INVALID_STAGE")) throw error;
  }
}

async function isDefined(store: TransactionStore, txn: string): Promise<boolean> {
  try {
    await readSaga(store, txn);
    return true;
  } catch (error) {
    if (isTetraError(error, "NOT_A_SAGA") || isTetraError(error, "NOT_FOUND")) return false;
    throw error;
  }
}

/** F2 */
async function ended(
  ground: FlowGround,
  id: string,
  { view, remarks }: { readonly view: SagaView; readonly remarks: readonly string[] },
): Promise<Applied> {
  const { store } = ground.ports;
  const { saga } = await readSaga(store, view.id);
  const applied = { txn: view.id, view, files: patchedFiles(saga.definition), remarks };
  if (view.status !== "committed") return applied;
  const evidence = await addDiff(ground, id, view.id);
  await validate(ground, id);
  return { ...applied, evidence };
}

/** What was changed, as evidence of the flow; once, however often it is called. */
async function addDiff({ ports }: FlowGround, id: string, txn: string): Promise<string> {
  const { store, clock } = ports;
  const name = `${txn}.diff`;
  const known = (await store.load(id)).evidence.find(({ source }) => source === name);
  if (known !== undefined) return known.file;
  const bytes = await store.readArtifact(txn, PATCH_ARTIFACTS.diff);
  const context = { description: "applied", source: { bytes, name }, atMs: clock.now() };
  return (await store.addContext(id, context)).name;
}

async function validate({ flows }: FlowGround, id: string): Promise<void> {
  if ((await flows.load(id)).ragStage === "APPLY") await flows.transition("VALIDATE", id);
}

function refuseFinal(id: string, stage: string): void {
  if (!isFinal(STANDARD, stage)) return;
  throw new TetraError<TtmErrorCode>("INVALID_STAGE", `${id}: the flow has ended (${stage})`, {
    hint: "create a new flow",
    details: { id, stage },
  });
}
