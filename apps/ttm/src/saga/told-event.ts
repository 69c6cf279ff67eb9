import { formatDuration } from "@tetra/cli-kit";
import type { EventRecord } from "@tetra/tts-core";

/**
 * What an event of a saga says to people, in one line: step, attempt, cause, and what happens next.
 * @returns nothing for events that tell nothing new.
 */
export function toldEvent(event: EventRecord): string | undefined {
  const { step, attempt, error } = fieldsOf(event);
  const count = Number(attempt) > 1 ? ` (attempt ${attempt})` : "";
  switch (event.event) {
    case "step_started":
      return `${step}: begun${count}`;
    case "step_completed":
      return `${step}: done${count}`;
    case "step_failed":
      return `${step}: attempt ${attempt} failed: ${error}; ${afterwards(event, "not tried again")}`;
    case "step_progress":
      return `${step}: ${text(event["message"])}`;
    case "saga_failed": {
      const where = step === "" ? "" : `${step}: `;
      return `Turning back, what was done is undone: ${where}${error}`;
    }
    case "compensation_started":
      return `${step}: being undone${count}`;
    case "compensation_completed":
      return `${step}: undone`;
    case "compensation_failed":
      return `${step}: undoing it failed (attempt ${attempt}): ${error}; ${afterwards(event, "a person has to look after it")}`;
    case "attention":
      return `${step}: needs a person: ${text(event["reason"])}`;
    case "attention_resolved":
      return `Looked after by ${text(event["by"])}: ${text(event["why"])}`;
    case "approval_requested": {
      const message = text(event["message"]);
      return `${step}: waits for an approval${message === "" ? "" : `: ${message}`}`;
    }
    case "approval_approved":
      return `${text(event["name"])}: approved by ${text(event["by"])}: ${text(event["why"])}`;
    case "approval_rejected":
      return `${text(event["name"])}: rejected by ${text(event["by"])}: ${text(event["why"])}`;
    case "signal_received":
      return `${text(event["name"])}: signal received`;
    case "timer_set":
      return `${text(event["name"])}: waits until ${momentOf(event["at"])}`;
    case "cancel_requested": {
      const why = text(event["why"]);
      return `Cancelled by ${text(event["by"])}${why === "" ? "" : `: ${why}`}`;
    }
    default:
      return undefined;
  }
}

function fieldsOf(event: EventRecord): { step: string; attempt: string; error: string } {
  return {
    step: text(event["step"]),
    attempt: text(event["attempt"]),
    error: text(event["error"]),
  };
}

function afterwards({ retry_at: retryAt, ts_ms: atMs }: EventRecord, otherwise: string): string {
  if (typeof retryAt !== "number") return otherwise;
  return `tried again in ${formatDuration(Math.max(0, retryAt - (atMs ?? retryAt)))}`;
}

function momentOf(at: unknown): string {
  return typeof at === "number" && Number.isFinite(at) ? new Date(at).toISOString() : "";
}

function text(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
