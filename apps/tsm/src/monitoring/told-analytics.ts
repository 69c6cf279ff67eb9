import { formatDuration, type Piece, styled } from "@tetra/cli-kit";
import type { Analytics, Ranked, Session, SessionSummary, User } from "@tetra/tsm/monitoring";
import { msText, shortTime, timeText } from "./told-events.ts";

/** What events come to, as `--json` prints it. */
export function analyticsRecord(analytics: Analytics): object {
  const { events, errors, fromMs, toMs, clicks, responses, journeys, sessions } = analytics;
  return {
    events,
    errors,
    from: fromMs === undefined ? null : timeText(fromMs),
    to: toMs === undefined ? null : timeText(toMs),
    clicks,
    responses: {
      requests: responses.requests,
      responses: responses.responses,
      correlated: responses.correlated,
      unanswered: responses.unanswered,
      untimed: responses.untimed,
      slow: responses.slow,
      median_ms: responses.medianMs ?? null,
      p95_ms: responses.p95Ms ?? null,
      slowest_ms: responses.slowestMs ?? null,
    },
    journeys,
    sessions: summaryRecord(sessions),
  };
}

/** Sessions in numbers, as `--json` prints them. */
export function summaryRecord({ meanDurationMs, ...counts }: SessionSummary): object {
  return {
    ...counts,
    mean_duration_ms: meanDurationMs === undefined ? null : Math.round(meanDurationMs),
  };
}

/** A session as `--json` prints it. */
export function sessionRecord(session: Session): object {
  const { id, user, services, startMs, endMs, events, clicks, errors, journey, hasEnded } = session;
  return {
    id,
    user,
    services,
    start: timeText(startMs),
    end: timeText(endMs),
    duration_ms: endMs - startMs,
    events,
    clicks,
    errors,
    journey,
    ended: hasEnded,
  };
}

/** A user as `--json` prints it. */
export function userRecord(one: User): object {
  const { user, isAnonymous, firstMs, lastMs, events, clicks, errors, sessions, services } = one;
  const [first, last] = [timeText(firstMs), timeText(lastMs)];
  return { user, anonymous: isAnonymous, first, last, events, clicks, errors, sessions, services };
}

/** What events come to, for people. */
export function analyticsLines(analytics: Analytics): readonly (readonly Piece[])[] {
  const { events, errors, fromMs, toMs, clicks, responses, journeys, sessions } = analytics;
  if (fromMs === undefined || toMs === undefined) return [["No events."]];
  const { medianMs, p95Ms, slowestMs } = responses;
  return [
    line("Events", `${events} from ${shortTime(fromMs)} to ${shortTime(toMs)}, ${errors} errors`),
    line("Clicks", `${clicks.total}, ${clicks.rapid} rapid (less than 2 s after another)`),
    ...rankedLines(clicks.targets),
    line(
      "Responses",
      `${responses.correlated} of ${responses.requests} requests and clicks answered within 5 s, ` +
        `${responses.unanswered} requests not, ${responses.slow} slow (more than 1000 ms)`,
    ),
    line(
      "",
      `median ${msText(medianMs)}, 95 % ${msText(p95Ms)}, slowest ${msText(slowestMs)}, ` +
        `${responses.untimed} of unknown time`,
    ),
    line("Sessions", summaryText(sessions)),
    line("Journeys", journeys.length === 0 ? "none" : ""),
    ...rankedLines(journeys),
  ];
}

/** Sessions in numbers, in a line. */
export function summaryText(summary: SessionSummary): string {
  const { sessions, users, ended, events, clicks, errors, meanDurationMs } = summary;
  const mean = meanDurationMs === undefined ? "" : `, ${formatDuration(meanDurationMs)} on average`;
  return (
    `${sessions} of ${users} users, ${ended} ended${mean}; ` +
    `${events} events, ${clicks} clicks, ${errors} errors`
  );
}

function line(title: string, text: string): readonly Piece[] {
  return [styled(title.padEnd(11), "bold"), text];
}

function rankedLines(all: readonly Ranked[]): readonly (readonly Piece[])[] {
  return all.map(({ name, count }) => [styled(String(count).padStart(10), "cyan"), ` ${name}`]);
}
