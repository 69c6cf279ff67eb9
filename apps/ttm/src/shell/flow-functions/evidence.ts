import { TetraError } from "@tetra/errors";
import {
  type EvidencePiece,
  type EvidenceSource,
  parseChoice,
  parseSelector,
  type Selector,
  visible,
} from "@tetra/rag-adapter";
import { existsSync } from "node:fs";
import { resolve } from "node:path/posix";
import type { TtmErrorCode } from "../../errors.ts";
import { data, refused } from "../transaction-functions/answer.ts";
import { evidenceAnswer, found, page } from "./answer-flow.ts";
import { argument, type FlowCaller, type FlowFunction, flowId, useFlows } from "./flow-caller.ts";

/** What the original allows an assembled prompt. */
const TOKEN_BUDGET = 10_000;
const BYTES_PER_TOKEN = 4;
const USAGE = [
  "usage: flow_evidence add <file[::start[,end]][#tag[,tag]]> [id]",
  "       flow_evidence link <file> [id]",
  "       flow_evidence list|status|rebase [id]",
  "       flow_evidence toggle <rank|a-b|name> [on|off] [id]",
  "       flow_evidence remove <rank|a-b|name> [id]",
  "       flow_evidence <number> [id]",
];

/** `flow_evidence <command> …` */
export const evidence: FlowFunction = async (caller) => {
  const [command = ""] = caller.call.args;
  const run = /^[0-9]+$/.test(command) ? show : COMMANDS.get(command);
  return run === undefined ? refused(...USAGE) : run(caller);
};

const add: FlowFunction = (caller) =>
  changed(caller, 2, async (id, { flows }) => {
    const name = await flows.evidence.add(id, sourceAt(caller));
    return `Added evidence: ${name}`;
  });

const link: FlowFunction = (caller) =>
  changed(caller, 2, async (id, { flows }) => {
    const name = await flows.evidence.link(id, sourceAt(caller));
    return `Linked evidence: ${name}`;
  });

const toggle: FlowFunction = (caller) => {
  const word = argument(caller, 2);
  const isSaid = word === "on" || word === "off";
  return changed(caller, isSaid ? 3 : 2, async (id, { flows }) => {
    const choice = parseChoice(caller.call.args[1] ?? "");
    const names = await flows.evidence.toggle(id, choice, isSaid ? word === "on" : undefined);
    return names.map((name) => `${name.endsWith(".skip") ? "Off" : "On"}: ${name}`).join("\n");
  });
};

const remove: FlowFunction = (caller) =>
  changed(caller, 2, async (id, { flows }) => {
    const names = await flows.evidence.remove(id, parseChoice(caller.call.args[1] ?? ""));
    return names.map((name) => `Removed evidence: ${name}`).join("\n");
  });

const rebase: FlowFunction = (caller) =>
  changed(caller, 1, async (id, { flows }) => {
    const renamed = await flows.evidence.rebase(id);
    return `Renumbered: ${renamed.length} of ${(await flows.evidence.list(id)).length}`;
  });

const list: FlowFunction = (caller) =>
  looked(caller, async (pieces) => {
    if (pieces.length === 0) return ["No evidence files found"];
    return ["Evidence files:", ...pieces.map(line)];
  });

const status: FlowFunction = (caller) =>
  looked(caller, async (pieces) => {
    const active = pieces.filter(({ isActive }) => isActive);
    const bytes = active.reduce((sum, piece) => sum + piece.bytes, 0);
    const tokens = Math.round(bytes / BYTES_PER_TOKEN);
    const share = Math.round((100 * tokens) / TOKEN_BUDGET);
    return [
      `Evidence: ${active.length} active, ${pieces.length - active.length} skipped`,
      `Tokens: ~${tokens} of ${TOKEN_BUDGET} (${share}%)`,
      ...(tokens > TOKEN_BUDGET ? [`Over the budget by ~${tokens - TOKEN_BUDGET} tokens`] : []),
    ];
  });

/** The content as it stands: a model gets it, not a terminal. */
const show: FlowFunction = async (caller) => {
  const id = await flowId(caller, argument(caller, 1));
  return found(id, () =>
    useFlows(caller, { mode: "read", id }, async ({ flows }) => {
      const number = Number(caller.call.args[0]);
      const active = (await flows.evidence.list(id)).filter(({ isActive }) => isActive);
      const piece = active[number - 1];
      if (piece === undefined)
        return refused(`Error: No evidence ${number}: there are ${active.length}`);
      return data(Buffer.from(await flows.evidence.read(piece)).toString());
    }),
  );
};

const COMMANDS: ReadonlyMap<string, FlowFunction> = new Map([
  ["add", add],
  ["link", link],
  ["toggle", toggle],
  ["remove", remove],
  ["rebase", rebase],
  ["list", list],
  ["status", status],
]);

type Opened = Parameters<Parameters<typeof useFlows>[2]>[0];

/** Changes the evidence of the flow whose id is argument `at`, and sets the variables anew. */
async function changed(
  caller: FlowCaller,
  at: number,
  run: (id: string, opened: Opened) => Promise<string>,
): ReturnType<FlowFunction> {
  const id = await flowId(caller, argument(caller, at));
  return useFlows(caller, { mode: "write", id }, async (opened) => {
    const told = (await run(id, opened)).split("\n").map(visible);
    const { variables } = evidenceAnswer(caller, await opened.flows.evidencePaths(id));
    return page(told, { variables });
  });
}

async function looked(
  caller: FlowCaller,
  run: (pieces: readonly EvidencePiece[]) => Promise<readonly string[]>,
): ReturnType<FlowFunction> {
  const id = await flowId(caller, argument(caller, 1));
  return found(id, () =>
    useFlows(caller, { mode: "read", id }, async ({ flows }) => {
      await flows.state(id);
      return page(await run(await flows.evidence.list(id)));
    }),
  );
}

/** @throws TetraError `INVALID_INPUT` */
function sourceAt(caller: FlowCaller): EvidenceSource {
  const text = argument(caller, 1);
  if (text === undefined) {
    throw new TetraError<TtmErrorCode>("INVALID_INPUT", "no file given", {
      hint: "give one such as src/auth.ts::10,40#auth",
    });
  }
  const { cwd } = caller.call;
  const selector = selectorOf(text, cwd);
  return { selector, path: resolve(cwd, selector.file) };
}

const LINES = /^(.+):([0-9]{1,15})(?:-([0-9]{1,15}))?$/s;

/** RAG's own form; or `file:10-40`, as prompts are assembled with, unless a file has just this name. */
function selectorOf(text: string, cwd: string): Selector {
  const selector = parseSelector(text);
  const [, file, start, end = start] = LINES.exec(selector.file) ?? [];
  const isWhole = selector.range.unit === "full";
  if (!isWhole || file === undefined || existsSync(resolve(cwd, selector.file))) return selector;
  return { ...parseSelector(`${file}::${start},${end}`), tags: selector.tags };
}

function line({ rank, kind, form, isActive, span, tags, bytes }: EvidencePiece): string {
  const facts = [
    form === "link" ? "link" : span,
    ...(tags.length === 0 ? [] : [`#${tags.join(",")}`]),
    `~${Math.round(bytes / BYTES_PER_TOKEN)} tokens`,
  ];
  return `${isActive ? "✓" : "○"} ${String(rank).padStart(4)}  ${visible(kind)}  ${visible(facts.join("  "))}`;
}
