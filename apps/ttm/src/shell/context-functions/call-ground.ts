import { TetraError } from "@tetra/errors";
import { parseScope, ragFolder } from "@tetra/rag-adapter";
import { openFolderStore } from "@tetra/ttm-fs";
import { existsSync } from "node:fs";
import type { TtmErrorCode } from "../../errors.ts";
import { type FlowGround, flowGround } from "../../flows/flow-ground.ts";
import type { ShellAnswer, ShellCall } from "../shell-call.ts";
import { activeId } from "../transaction-functions/active-id.ts";
import { callerPlaces } from "../transaction-functions/caller.ts";
import { offsetMinutes } from "../transaction-functions/local-time.ts";

/** What a call is about. */
export interface WantedGround {
  readonly mode: "read" | "write";
  /** Default: the active flow. */
  readonly id: string | undefined;
}

/**
 * Hands over the flows of the calling shell, and the id that the call is about. Assembling and applying are rare:
 * the store is closed when the call is answered.
 */
export async function withGround(
  call: ShellCall,
  { mode, id: given }: WantedGround,
  run: (ground: FlowGround, id: string) => Promise<ShellAnswer>,
): Promise<ShellAnswer> {
  const { cwd } = call;
  const places = callerPlaces({ env: { ...call.env, TTM_TXNS_DIR: await flowsFolder(call) }, cwd });
  const id = given ?? activeId({ places });
  if (id === undefined) {
    throw new TetraError<TtmErrorCode>("NO_ACTIVE", "no id given, and no flow is active");
  }
  const clock = {
    now: () => Date.now(),
    offsetMinutes: (atMs: number) => offsetMinutes(call, atMs),
  };
  const store = await openFolderStore({ folder: places.transactions, mode });
  try {
    const place = { folder: places.transactions, root: places.root, cwd };
    const ground = flowGround({ store, clock }, place);
    return await run(ground, await ground.flows.resolveId(id));
  } finally {
    await store.close();
  }
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
