import type { TransactionStore } from "@tetra/tts-core";
import type { Participant } from "@tetra/tts-core/two-phase-commit";
import type { App } from "../app.ts";
import { coordinator, ONE_ATTEMPT } from "./coordinator.ts";
import { toldNotice } from "./told-notice.ts";

/** How two-phase commits are settled beside other work. */
export interface SettlingOptions {
  readonly store: TransactionStore;
  readonly participants: readonly Participant[];
  /** Whether one look is enough. */
  readonly once: boolean;
  readonly signal: AbortSignal;
}

const EVERY_MS = 10_000;

/** Settles what nobody carries, at once and then now and then, until the signal aborts; says what it does. */
export async function settleNowAndThen(
  app: App,
  { store, participants, once, signal }: SettlingOptions,
): Promise<void> {
  const said = new Map<string, string>();
  /** What is said again and again is said once. */
  const say = (about: string, text: string): void => {
    if (said.get(about) === text) return;
    said.set(about, text);
    app.out.print(text);
  };
  const tpc = coordinator(app, {
    store,
    verb: "worker",
    onEvent(notice) {
      if (app.out.mode === "json") {
        app.out.data(`${JSON.stringify({ event: "worker_two_phase", ...notice })}\n`);
        return;
      }
      const told = toldNotice(notice);
      if (told !== undefined) say("id" in notice ? notice.id : notice.type, told);
    },
  });
  if (once) {
    await tpc.recover({ participants, signal: ONE_ATTEMPT });
    return;
  }
  await tpc.watchOrphans({
    participants,
    everyMs: EVERY_MS,
    signal,
    onError(error) {
      const message = error instanceof Error ? error.message : String(error);
      if (app.out.mode !== "json") say("", `Two-phase commits cannot be settled: ${message}`);
      else app.out.data(`${JSON.stringify({ event: "worker_trouble", error: message })}\n`);
    },
  });
}
