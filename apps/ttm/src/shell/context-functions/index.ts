import { usageError } from "@tetra/cli-kit";
import { visible } from "@tetra/rag-adapter";
import { keptPrompt } from "@tetra/rag-adapter/context";
import { diffText } from "@tetra/rag-adapter/patch";
import { sagas, type SagaView } from "@tetra/tts-core/saga";
import { hostname } from "node:os";
import { resolve } from "node:path/posix";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { appliedPage, changeLines, shownChange } from "../../flows/applied-page.ts";
import { applyFlow, type ApplyRequest, checkApply, flowAnswer } from "../../flows/apply-flow.ts";
import { assembleFlow } from "../../flows/assemble-flow.ts";
import type { FlowGround } from "../../flows/flow-ground.ts";
import { patchAction } from "../../flows/patch-actions.ts";
import { promptPage } from "../../flows/prompt-page.ts";
import { wholeNumber } from "../../flows/whole-number.ts";
import { readText } from "../../saga/load-saga.ts";
import { realTimer } from "../../saga/timer.ts";
import { page, refusedFlow } from "../flow-functions/answer-flow.ts";
import type { ShellAnswer, ShellCall, ShellFunction, ShellFunctions } from "../shell-call.ts";
import { data, refused } from "../transaction-functions/answer.ts";
import { withGround } from "./call-ground.ts";

/** `flow_assemble [id] [--budget N] [--encoding E] [--select SELECTION]…` */
const assemble: ShellFunction = async (call) => {
  const { words, values } = wordsOf(call, {
    budget: { type: "string" },
    encoding: { type: "string" },
    select: { type: "string", short: "s", multiple: true },
  });
  const { encoding, select } = values;
  const budget = wholeNumber(values["budget"], "--budget");
  return withGround(call, { mode: "write", words }, async (ground, id) => {
    const prompt = await assembleFlow(ground, id, {
      ...(budget === undefined ? {} : { budget }),
      ...(typeof encoding === "string" ? { encoding } : {}),
      ...(Array.isArray(select) ? { selections: select.map(String) } : {}),
    });
    const file = `${ground.ports.folder}/${id}/build/prompt.mdctx`;
    return page([...promptPage(prompt), `File: ${file}`].map(visible));
  });
};

/** `flow_prompt [id] [digest]`: what a model saw, exactly. */
const prompt: ShellFunction = async (call) => {
  const { words } = wordsOf(call, {});
  return withGround(call, { mode: "read", words }, async ({ ports }, id) =>
    data((await keptPrompt(ports.store, id, words[1])).text),
  );
};

/** `flow_apply [id] [answer-file] [--dry-run] [--fuzz N]` */
const apply: ShellFunction = async (call) => {
  const { words, values } = wordsOf(call, {
    "dry-run": { type: "boolean" },
    fuzz: { type: "string" },
  });
  if (words.slice(0, 2).includes("-")) return refused(...NO_STANDARD_INPUT);
  const isRehearsal = values["dry-run"] === true;
  const fuzz = wholeNumber(values["fuzz"], "--fuzz");
  return withGround(
    call,
    { mode: isRehearsal ? "read" : "write", words, orAnswer: true },
    async (ground, id, file) => {
      const answer =
        file === undefined ? await flowAnswer(ground, id) : readText(resolve(call.cwd, file));
      const request: ApplyRequest = {
        answer,
        umask: call.umask,
        ...(fuzz === undefined ? {} : { fuzz }),
      };
      if (isRehearsal) return rehearsed(ground, request);
      const applied = await applyFlow(ground, id, request, partsOf(ground));
      const { view, txn } = applied;
      if (view !== undefined && view.status !== "committed") return unfinished(view);
      const published = txn === undefined ? [] : [stageChanged(id, "VALIDATE")];
      return page(appliedPage(applied, PROGRAM).map(visible), { published });
    },
  );
};

function rehearsed(ground: FlowGround, request: ApplyRequest): ShellAnswer {
  const { changes, remarks } = checkApply(ground, request);
  const lines = [
    `Would change ${changes.length} ${changes.length === 1 ? "file" : "files"} in ${ground.project}`,
    ...changeLines(changes.map(shownChange)),
    ...remarks.map((remark) => `  note: ${remark}`),
  ];
  return data(lines.map((line) => `${visible(line)}\n`).join("") + diffText(changes));
}

/** Where these functions are, `ttm` is one of them. */
const PROGRAM = "command ttm";

/** What answers the functions does not have the standard input of the calling shell. */
const NO_STANDARD_INPUT = [
  "Error: flow_apply does not read standard input",
  `Hint: name a file, or let the program read it: ${PROGRAM} flow apply ID -`,
];

/** Longer than an action on files takes to stop. */
const GRACE_MS = 8000;

function partsOf({ ports }: FlowGround): Parameters<typeof applyFlow>[3] {
  const { store, clock } = ports;
  const engine = sagas({
    store,
    clock,
    timer: realTimer,
    random: Math.random,
    actions: { find: (name) => patchAction(name, store) },
    graceMs: GRACE_MS,
    runner: `flow_apply on ${hostname()}`,
  });
  return { sagas: engine, carryOn: (txn) => engine.resume(txn) };
}

/** What did not end in a commit: the statuses are those of `ttm saga run`. */
function unfinished({ id, status, failure, attention }: SagaView): ShellAnswer {
  if (status === "rolled_back") {
    const why = failure?.error ?? "";
    return refused(`Error: put back as it was: ${visible(why)} (${id})`);
  }
  const [first] = attention;
  const why = first === undefined ? "it was left open" : `${first.step}: ${first.reason}`;
  return {
    ...refused(
      `Error: ${id}: ${visible(why)}`,
      first === undefined
        ? `Hint: carry it on: ${PROGRAM} saga resume ${id}`
        : `Hint: look after it, then: ${PROGRAM} saga resolve ${id} --retry|--settled --why REASON`,
    ),
    status: first === undefined ? 75 : 3,
  };
}

function stageChanged(id: string, stage: string): readonly [string, string, string] {
  return ["txn.stage_changed", id, stage];
}

interface Words {
  readonly words: readonly (string | undefined)[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** @throws TetraError `USAGE` */
function wordsOf(
  { name, args }: ShellCall,
  options: NonNullable<ParseArgsConfig["options"]>,
): Words {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { words: positionals.map((word) => word || undefined), values };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(
      `${name}: ${error.message.split(".")[0] ?? ""}`,
      "ttm help flow shows what it takes",
    );
  }
}

function answering(run: ShellFunction): ShellFunction {
  return async (call) => {
    try {
      return await run(call);
    } catch (error) {
      return refusedFlow(error);
    }
  };
}

/** The functions that assemble prompts and apply answers, for shells. */
export const contextFunctions: ShellFunctions = {
  flow_assemble: answering(assemble),
  flow_prompt: answering(prompt),
  flow_apply: answering(apply),
};
