import type { Arguments } from "@tetra/cli-kit";
import { type CheckedAnswer, diffText } from "@tetra/rag-adapter/patch";
import { umask } from "node:process";
import type { App, TtmRun } from "../app.ts";
import { appliedPage, changeLines, shownChange } from "../flows/applied-page.ts";
import {
  type Applied,
  applyFlow,
  type ApplyRequest,
  checkApply,
  flowAnswer,
} from "../flows/apply-flow.ts";
import { flowApp } from "../flows/flow-app.ts";
import { type FlowGround, flowGround } from "../flows/flow-ground.ts";
import { namedAnswer, type NamedAnswer } from "../flows/named-answer.ts";
import { wholeNumber } from "../flows/whole-number.ts";
import { withStore } from "../open-store.ts";
import { withEngine } from "../saga/engine.ts";
import { SAGA_EXIT_STATUS } from "../saga/exit-status.ts";
import { readText } from "../saga/load-saga.ts";
import { reportSaga } from "../saga/report-saga.ts";

/** `ttm flow apply [id] [answer-file]` */
export const run: TtmRun = async (args, given) => {
  const { app, place } = await flowApp(given);
  const { clock } = app;
  if (args.has("dry-run")) {
    return withStore(app, "read", async ({ store }) => {
      const ground = flowGround({ store, clock }, place);
      const answer = await namedAnswer(ground.flows, [args.at(0), args.at(1)], place.cwd);
      rehearse(app, ground, await requestOf(ground, answer, args));
    });
  }
  const abort = new AbortController();
  const dispose = app.onStop(() => abort.abort());
  try {
    return await withEngine(app, { verb: "flow apply" }, async ({ store, sagas }) => {
      const ground = flowGround({ store, clock }, place);
      const answer = await namedAnswer(ground.flows, [args.at(0), args.at(1)], place.cwd);
      const { id } = answer;
      const applied = await applyFlow(ground, id, await requestOf(ground, answer, args), {
        sagas,
        carryOn: (txn) => sagas.resume(txn, { signal: abort.signal }),
      });
      return report(app, id, applied);
    });
  } finally {
    dispose();
  }
};

async function requestOf(
  ground: FlowGround,
  { id, file }: NamedAnswer,
  args: Arguments,
): Promise<ApplyRequest> {
  const fuzz = wholeNumber(args.value("fuzz"), "--fuzz");
  return {
    answer: file === undefined ? await flowAnswer(ground, id) : readText(file),
    umask: umask(),
    ...(fuzz === undefined ? {} : { fuzz }),
  };
}

function rehearse({ out }: App, ground: FlowGround, request: ApplyRequest): void {
  const { changes, remarks }: CheckedAnswer = checkApply(ground, request);
  const shown = changes.map(shownChange);
  if (out.mode === "json") {
    out.json({ project: ground.project, changes: shown, remarks, diff: diffText(changes) });
    return;
  }
  const lines = [
    `Would change ${changes.length} ${changes.length === 1 ? "file" : "files"} in ${ground.project}`,
    ...changeLines(shown),
    ...remarks.map((remark) => `  note: ${remark}`),
  ];
  out.printAll(lines.map((line) => [line]));
  if (changes.length > 0) out.data(diffText(changes));
}

function report(app: App, flow: string, applied: Applied): number {
  const { txn, view, files, remarks, evidence } = applied;
  const status = view?.status ?? "committed";
  if (app.out.mode === "json") {
    const told = { flow, txn, status, changes: files.map(shownChange), remarks, evidence };
    app.out.json({ ...told, error: view?.failure?.error });
  } else if (view === undefined || status === "committed") {
    app.out.printAll(appliedPage(applied).map((line) => [line]));
  } else {
    return reportSaga(view, app);
  }
  return SAGA_EXIT_STATUS[status];
}
