import { setImmediate } from "node:timers/promises";
import type { Pipes } from "./pipes.ts";
import { requestReader, type ShellRequest } from "./request.ts";
import { judge, LOOKS, type ProcessLook, tokenAfter, type Turn } from "./turn.ts";

/** What serving a shell takes. */
export interface Service {
  readonly pipes: Pipes;
  /** Never throws. @returns what the shell is to read. */
  readonly answer: (request: ShellRequest) => Promise<Buffer>;
  /** Who has the turn at the beginning, with which token; `undefined` when nobody knows. */
  readonly holder: { readonly pid: number; readonly token: string } | undefined;
  /** That no helper before this had; its process id will do. */
  readonly number: number;
  readonly look: (pid: number) => ProcessLook;
  readonly nowMs: () => number;
  /** Runs something later; nothing is run any more once the returned function was called. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Serves a shell and all its subshells, until the last of them is gone. */
export async function serve(service: Service): Promise<void> {
  const { pipes, holder } = service;
  const reader = requestReader();
  let turn: Turn = { caller: holder?.pid, call: "expected" };
  let token = holder?.token ?? "";
  let isRenewing = false;
  let underWay: Promise<void> = Promise.resolve();
  let quietSinceMs = service.nowMs();
  let stopLooking = (): void => {};
  lookIn(LOOKS.firstMs);

  function lookIn(ms: number): void {
    stopLooking();
    stopLooking = service.after(ms, lookAtTurn);
  }

  function lookAtTurn(): void {
    const { look } = service;
    const { dropAnswers, isLaid } = pipes;
    const quietMs = service.nowMs() - quietSinceMs;
    const found = judge(turn, { quietMs, look, dropAnswers, isLaid });
    if (found === "lost") void renew();
    else if (found === "held" && turn.call !== "underWay") lookIn(LOOKS.nextMs);
  }

  async function carryOut(request: ShellRequest): Promise<void> {
    turn = { caller: request.caller, call: "underWay" };
    const bytes = await service.answer(request);
    if (isRenewing) return; // whoever asked has left
    turn = { ...turn, call: "answered" };
    pipes.send(bytes);
    quietSinceMs = service.nowMs();
    lookIn(LOOKS.firstMs);
  }

  async function renew(): Promise<void> {
    if (isRenewing) return;
    isRenewing = true;
    await underWay;
    do {
      pipes.dropAnswers();
      await setImmediate();
    } while (pipes.isSending());
    pipes.dropAnswers();
    pipes.dropRequests();
    reader.reset();
    token = tokenAfter(token, service.number);
    turn = { caller: undefined, call: "answered" };
    pipes.layToken(token);
    isRenewing = false;
  }

  pipes.requests.on("data", (piece: Buffer) => {
    for (const request of reader.push(piece)) {
      if (token !== "" && request.token !== token) continue; // T2
      token = request.token;
      underWay = carryOut(request);
    }
  });
  pipes.bell.on("data", (left: Buffer) => {
    if (token !== "" && left.includes(token)) void renew();
  });
  await new Promise<void>((resolve) => {
    pipes.requests.once("close", resolve);
    pipes.requests.once("error", () => {}); // "close" follows
  });
  stopLooking();
  await underWay;
}
