import { TetraError } from "@tetra/errors";
import { parseScope, ragFolder } from "@tetra/rag-adapter";
import { openFolderStore } from "@tetra/ttm-fs";
import { existsSync } from "node:fs";
import type { TtmErrorCode } from "../../errors.ts";
import { type FlowGround, flowGround } from "../../flows/flow-ground.ts";
import { type NamedAnswer, namedAnswer } from "../../flows/named-answer.ts";
import { isMissing } from "../flow-functions/answer-flow.ts";
import type { ShellAnswer, ShellCall } from "../shell-call.ts";
import { activeId } from "../transaction-functions/active-id.ts";
import { refused } from "../transaction-functions/answer.ts";
import { callerPlaces } from "../transaction-functions/caller.ts";
import { offsetMinutes } from "../transaction-functions/local-time.ts";

/** What a call is about. */
export interface WantedGround {
  readonly mode: "read" | "write";
  /** The first is the flow; without one, the active flow. */
  readonly words: readonly (string | undefined)[];
  /** Whether the words may name an answer: see `namedAnswer`. */
  readonly orAnswer?: boolean;
}

/**
 * Hands over the flows of the calling shell, the id that the call is about, and the file of an answer if one was
 * named. Assembling and applying are rare:
 * the store is closed when the call is answered.
 */
export async function withGround(
  call: ShellCall,
  { mode, words, orAnswer = false }: WantedGround,
  run: (ground: FlowGround, id: string, file?: string) => Promise<ShellAnswer>,
): Promise<ShellAnswer> {
  const { cwd } = call;
  const places = callerPlaces({ env: { ...call.env, TTM_TXNS_DIR: await flowsFolder(call) }, cwd });
  const [given] = words;
  const active = activeId({ places });
  if (given === undefined && active === undefined) throw noActive();
  const clock = {
    now: () => Date.now(),
    offsetMinutes: (atMs: number) => offsetMinutes(call, atMs),
  };
  const store = await openFolderStore({ folder: places.transactions, mode });
  try {
    const place = { folder: places.transactions, root: places.root, cwd };
    const ground = flowGround({ store, clock }, place);
    const resolveId = async (id = active): Promise<string> => {
      if (id === undefined) throw noActive();
      return ground.flows.resolveId(id);
    };
    let named: NamedAnswer;
    try {
      named = orAnswer
        ? await namedAnswer({ resolveId }, words, cwd)
        : { id: await resolveId(given) };
    } catch (error) {
      if (!isMissing(error)) throw error;
      return refused(`Error: Flow not found: ${given ?? active ?? ""}`);
    }
    return await run(ground, named.id, named.file);
  } finally {
    await store.close();
  }
}

function noActive(): TetraError<TtmErrorCode> {
  return new TetraError("NO_ACTIVE", "no id given, and no flow is active");
}

/** The folder that was settled when the functions were sourced; where they were not, the one of now. */
async function flowsFolder({ env, cwd }: ShellCall): Promise<string> {
  const settled = env["TTM_TXNS_DIR"];
  if (settled) return settled;
  const query = {
    scope: parseScope(env["RAG_SCOPE"]),
    cwd,
    tetraDir: env["TETRA_DIR"],
    home: env["HOME"] ?? "",
    override: env["RAG_DIR"],
  };
  return (await ragFolder(query, existsSync)).flows;
}
