export { type Analytics, analyticsOf } from "./analytics.ts";
export type { Clicks } from "./clicks.ts";
export type { MonitoringErrorCode } from "./errors.ts";
export { type EventOrigin, MOST_DATA, type MonitorEvent, parseEvent, tokenOf } from "./event.ts";
export type { EventFields } from "./event-fields.ts";
export { inOrder } from "./in-order.ts";
export { DEFAULT_PATTERNS, eventMatcher, type Pattern, type PatternName } from "./patterns.ts";
export type { Ranked } from "./ranked.ts";
export type { Responses } from "./responses.ts";
export { runTrigger, type TriggerRunOptions } from "./run-trigger.ts";
export { type Session, sessionsOf, type SessionSummary, summaryOf } from "./sessions.ts";
export {
  type Counted,
  EMPTY_TALLY,
  MOST_TOKENS,
  OTHER_TOKENS,
  type Tally,
  tallyOf,
} from "./tally.ts";
export {
  parseTriggers,
  type Trigger,
  type TriggerEnvironment,
  triggerEnvironment,
} from "./trigger.ts";
export { readTriggers, triggerFile } from "./trigger-file.ts";
export {
  type TriggerOutcome,
  type TriggerRun,
  triggerRunner,
  type TriggerRunner,
  type TriggerRunnerParts,
} from "./trigger-runner.ts";
export { type User, usersOf } from "./users.ts";
