import { styled } from "@tetra/cli-kit";
import type { EventRecord } from "@tetra/tts-core";
import { type SagaRecord, type SagaView, viewOf } from "@tetra/tts-core/saga";
import type { App } from "../app.ts";
import { livePage } from "./live-page.ts";
import { sagaPage } from "./saga-page.ts";
import { toldEvent } from "./told-event.ts";

/** Shows how a saga goes on while it does. */
export interface SagaDisplay {
  /** Something has happened. */
  readonly event: (event: EventRecord) => void;
  /** A step has printed a line. */
  readonly line: (step: string, stream: "stdout" | "stderr", line: string) => void;
  /** A word of this program. */
  readonly note: (text: string) => void;
  /** The last thing that is shown: how it stands, if that is known. */
  readonly end: (view?: SagaView) => void;
}

type ReadSaga = () => Promise<SagaRecord | undefined>;

/** How often a page is drawn, in milliseconds. */
const DRAW_EVERY_MS = 125;
/** What is narrower is no place for a page. */
const LEAST_COLUMNS = 40;

/**
 * On a terminal, a page that is drawn again and again; elsewhere, a line for each thing that happens.
 * @param read the saga as its log tells it; nothing when it has not begun.
 */
export function sagaDisplay(app: App, read: ReadSaga): SagaDisplay {
  const { out } = app;
  const isLive = out.mode === "terminal" && (out.columns ?? 0) >= LEAST_COLUMNS;
  return isLive ? liveDisplay(app, read) : lineDisplay(app);
}

function lineDisplay({ out, err }: App): SagaDisplay {
  // with --json, standard output is for the one JSON value
  const shown = out.mode === "json" ? err : out;
  return {
    event(event) {
      const told = toldEvent(event);
      if (told !== undefined) err.print(told);
    },
    line(step, stream, line) {
      const sink = stream === "stderr" ? err : shown;
      if (sink.mode === "terminal") sink.print(styled(`${step} | `, "dim"), line);
      else sink.data(`${step} | ${line}\n`);
    },
    note: (text) => err.print(text),
    end: () => {},
  };
}

function liveDisplay(app: App, read: ReadSaga): SagaDisplay {
  const { out, clock } = app;
  const page = livePage(out);
  let record: SagaRecord | undefined;
  let isStale = true;
  let isReading = false;

  async function drawAgain(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      if (isStale) {
        isStale = false;
        record = await read();
      }
    } catch {
      isStale = true; // whoever runs it is told of what is wrong with the store
    } finally {
      isReading = false;
    }
    const nowMs = clock.now();
    if (record === undefined || isOver) return;
    const { columns } = out;
    page.draw(sagaPage(viewOf(record, nowMs), { nowMs, columns, rows: app.rows() }));
  }

  let isOver = false;
  const timer = setInterval(() => void drawAgain(), DRAW_EVERY_MS);
  timer.unref();
  return {
    event(event) {
      isStale = true;
      if (event.event === "step_failed" || event.event === "compensation_failed") {
        page.print(styled(toldEvent(event) ?? "", "red"));
      }
    },
    line: (step, _stream, line) => page.print(styled(`${step} │ `, "dim"), line),
    note: (text) => page.print(text),
    end(view) {
      isOver = true;
      clearInterval(timer);
      if (view === undefined) page.draw([]);
      else page.draw(sagaPage(view, { nowMs: clock.now(), columns: out.columns }));
      page.end();
    },
  };
}
