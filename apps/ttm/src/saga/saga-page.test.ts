import { render } from "@tetra/cli-kit";
import type { SagaView, StepView } from "@tetra/tts-core/saga";
import { expect, it } from "vitest";
import { type PageOptions, sagaPage } from "./saga-page.ts";

const NOW = Date.parse("2026-01-31T09:30:00Z");

function step(name: string, fields: Partial<StepView> = {}): StepView {
  return { step: name, type: "step", status: "pending", attempts: 0, steps: [], ...fields };
}

function view(steps: readonly StepView[], fields: Partial<SagaView> = {}): SagaView {
  return {
    id: "onboard-20260131T093000",
    name: "onboard",
    status: "running",
    isDryRun: false,
    startedMs: NOW,
    steps,
    completed: [],
    compensated: [],
    attention: [],
    waiting: [],
    isPastPivot: false,
    results: {},
    ...fields,
  };
}

function lines(of: SagaView, options: Partial<PageOptions> = {}): readonly string[] {
  return sagaPage(of, { nowMs: NOW, ...options }).map((line) => render(line, { colour: false }));
}

it("draws every step with state, duration, attempts and what there is to say", () => {
  const saga = view([
    step("user", { status: "completed", attempts: 1, durationMs: 1234 }),
    step("both", {
      type: "parallel",
      status: "running",
      steps: [
        step("both/mail", {
          status: "retrying",
          attempts: 2,
          durationMs: 3000,
          error: "SMTP server unavailable",
          untilMs: NOW + 20_000,
        }),
        step("both/quota", {
          status: "running",
          attempts: 1,
          durationMs: 500,
          progress: { message: "half\u001b[2J way", fraction: 0.5 },
        }),
      ],
    }),
    step("sign-off", { type: "approval", status: "waiting", attempts: 1, durationMs: 60_000 }),
    step("publish", { pivot: true }),
  ]);

  expect(lines(saga)).toEqual([
    "onboard-20260131T093000  onboard  running",
    "  ✓ user             completed  1.2s",
    "  ● both (parallel)  running",
    "    ● mail           retrying   3.0s   attempt 2  again in 20s: SMTP server unavailable",
    "    ● quota          running    500ms             50% half\\u001b[2J way",
    "  ◌ sign-off         waiting    1m                for an approval",
    "  ○ publish                                       no way back after it",
  ]);
});

it("says why it turned back, what needs a person, and what it is linked with", () => {
  const saga = view([step("user", { status: "attention", attempts: 5, error: "locked" })], {
    status: "attention",
    failure: { step: "mail", error: "SMTP server unavailable", reason: "step" },
    attention: [{ step: "user", reason: "could not be undone: locked" }],
    undoneBy: "undo-onboard-20260131T094000",
  });

  expect(lines(saga).slice(2)).toEqual([
    "  Failed: mail: SMTP server unavailable",
    "  Needs a person: user: could not be undone: locked",
    "  Undone by: undo-onboard-20260131T094000",
  ]);
});

it("shows what is under way where not everything fits", () => {
  const done = Array.from({ length: 50 }, (_, at) => step(`s${at}`, { status: "completed" }));
  const saga = view([...done, step("now", { status: "running", attempts: 1, durationMs: 10 })]);

  expect(lines(saga, { rows: 10 })).toEqual([
    "onboard-20260131T093000  onboard  running",
    "  ● now            running  10ms",
    "  … 50 more steps",
  ]);
});
