import { STANDARD, type TransactionState } from "@tetra/tts-core";
import { flowFields } from "../flow/flow-state.ts";
import { promptText } from "../flow/flow-texts.ts";
import type { FlowPaths } from "../folder/flow-paths.ts";
import { badgeOf } from "./badge.ts";
import type { Paint, Tone } from "./paint.ts";
import { visible } from "./visible.ts";

/** What a page about one flow is made from. */
export interface FlowStatus {
  readonly id: string;
  readonly state: TransactionState;
  /** Its stage by RAG's name. */
  readonly ragStage: string;
  readonly isActive: boolean;
  /** How many `*.evidence.md` are in `ctx/evidence/`. */
  readonly evidence: number;
  /** An estimate for the assembled prompt; 0 without one. */
  readonly tokens: number;
  /** `010_prompt.user.md`; absent when it is not there. */
  readonly prompt?: string;
  /** `build/answer.md`; absent when it is not there. */
  readonly answer?: string;
  readonly paths: FlowPaths;
}

/** How a page about one flow looks. */
export interface StatusPageOptions {
  readonly paint: Paint;
  /** Whether the summary is wanted, too; it is shown anyway when there is an answer. */
  readonly summary?: boolean;
  /** The working directory, which paths are shown relative to. */
  readonly cwd: string;
  readonly home: string;
}

const RULE = "─".repeat(56);
const ANSWER_LINES = 5;
const PROMPT_LINES = 3;
const MANY_TOKENS = 50_000;
const TOO_MANY_TOKENS = 100_000;
/** Words of a text for one token, as the original estimates. */
const WORDS_PER_TOKEN = 0.75;

/** How many tokens a text may be: its words / 0.75, rounded. */
export function estimatedTokens(text: string): number {
  const words = text.split(/\s+/).filter((word) => word !== "").length;
  return Math.round(words / WORDS_PER_TOKEN);
}

/** A page about one flow, as the original has it. */
export function statusPage(status: FlowStatus, options: StatusPageOptions): readonly string[] {
  const { state, answer } = status;
  const { paint } = options;
  const { outcome, tags, effort_minutes, qa_id } = flowFields(state);
  const isDone = state.stage === STANDARD.done;
  const label = (name: string): string => paint(`${name}:`, "dim");
  const lines = [
    `${label("Flow")} ${heading(status, paint)}`,
    `${label("Desc")} ${visible(state.description)}`,
    [
      `${label("Stage")} ${paint(visible(state.stage), stageTone(state.stage))}`,
      `${label("Iter")} ${state.iteration}`,
      `${label("Agent")} ${visible(state.agent)}`,
      `${label("Target")} ${visible(state.target ?? "")}`,
    ].join(" "),
  ];
  if (isDone && outcome !== null) {
    lines.push(`${label("Outcome")} ${paint(visible(outcome), badgeOf(outcome).tone)}`);
  }
  if (tags.length > 0) lines.push(`${label("Tags")} ${tags.map(visible).join(", ")}`);
  lines.push(
    `${label("Evidence")} ${status.evidence} file(s)  ${label("Tokens")} ${tokens(status.tokens, paint)} (est)`,
  );
  if (effort_minutes > 0) lines.push(`${label("Effort")} ${effort_minutes} minutes`);
  if (qa_id !== undefined) lines.push(`${label("QA ID")} ${visible(qa_id)}`);
  if (options.summary === true || answer !== undefined) lines.push(...summary(status, options));
  lines.push(...directories(status.paths, options));
  return lines;
}

function heading({ id, state, isActive }: FlowStatus, paint: Paint): string {
  const { outcome } = flowFields(state);
  const { sign, tone } = badgeOf(outcome ?? "success");
  const parts = [paint(visible(id), "title")];
  if (isActive) parts.push(paint("(active)", "accent"));
  if (state.stage === STANDARD.done) parts.push(paint(sign, tone));
  return parts.join(" ");
}

function stageTone(stage: string): Tone {
  if (stage === STANDARD.done) return "good";
  return stage === STANDARD.fail ? "bad" : "accent";
}

function tokens(count: number, paint: Paint): string {
  const text = `~${count}`;
  if (count > TOO_MANY_TOKENS) return paint(text, "bad");
  return count > MANY_TOKENS ? paint(text, "warn") : text;
}

function summary(status: FlowStatus, options: StatusPageOptions): readonly string[] {
  const { prompt, answer, state, paths } = status;
  const { paint } = options;
  const { artifacts, lessons } = flowFields(state);
  const lines = [paint(RULE, "dim")];
  if (prompt !== undefined) {
    lines.push(paint("Prompt:", "title"));
    const said = promptText(prompt).split("\n");
    const shown = said.filter((line) => line.trim() !== "").slice(0, PROMPT_LINES);
    lines.push(...shown.map((line) => `  ${visible(line)}`));
  }
  if (answer !== undefined) {
    const all = answer.replace(/\n$/, "").split("\n");
    lines.push(paint(`Answer (first ${ANSWER_LINES} lines):`, "title"));
    lines.push(...all.slice(0, ANSWER_LINES).map((line) => `  ${visible(line)}`));
    lines.push(paint(`  (all ${all.length} lines: ${shownPath(paths.answer, options)})`, "dim"));
  }
  if (artifacts.length > 0) {
    lines.push(paint("Artifacts:", "title"), ...artifacts.map((one) => `  - ${visible(one)}`));
  }
  if (lessons.length > 0) {
    lines.push(paint("Lessons Learned:", "title"), ...lessons.map((one) => `  - ${visible(one)}`));
  }
  return lines;
}

function directories(
  { context, evidence, build }: FlowPaths,
  options: StatusPageOptions,
): readonly string[] {
  const { paint } = options;
  const rows = [
    ["ctx", context],
    ["evidence", evidence],
    ["build", build],
  ] as const;
  return [
    paint("Directories:", "title"),
    ...rows.map(
      ([name, path]) => `  ${paint(`${name}:`.padEnd(9), "dim")} ${shownPath(path, options)}`,
    ),
  ];
}

/** A path for people: relative to the working directory when it is below it, else from `~` where it can be. */
export function shownPath(
  path: string,
  { cwd, home }: { readonly cwd: string; readonly home: string },
): string {
  const below = (folder: string): string | undefined =>
    folder !== "" && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
  const relative = below(cwd);
  if (relative !== undefined) return visible(relative);
  const fromHome = below(home);
  return visible(fromHome === undefined ? path : `~/${fromHome}`);
}
