import type { Arguments } from "@tetra/cli-kit";
import { type LogLine, lineText, openLogs } from "@tetra/tsm/logs";
import { inOrder, type MonitorEvent, parseEvent } from "@tetra/tsm/monitoring";
import type { App } from "../app.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { eventQuery, wantedEvents } from "./event-query.ts";

/** So many events are looked at together, the newest: what services print is not to fill the memory. */
const MOST_EVENTS = 100_000;

/** The events of services (all, when none is named) that are in their logs, as the options want them. */
export async function readEvents(app: App, args: Arguments): Promise<readonly MonitorEvent[]> {
  const logs = openLogs({ folder: app.places().folder });
  const query = eventQuery(args, app.now());
  const isWanted = wantedEvents(args);
  const names = chosen(app, args);
  let events: MonitorEvent[] = [];
  for (const name of names) {
    for await (const lines of logs.read(name, query)) {
      for (const event of eventsIn(lines)) if (isWanted(event)) events.push(event);
      if (events.length >= 2 * MOST_EVENTS) events = newest(events);
    }
  }
  return newest(events);
}

/** The last events, as many lines as the options want or else none, and then those that come. */
export async function* followEvents(
  app: App,
  args: Arguments,
  { signal, lines = 0 }: { readonly signal: AbortSignal; readonly lines?: number },
): AsyncGenerator<readonly MonitorEvent[], void> {
  const logs = openLogs({ folder: app.places().folder });
  const query = eventQuery(args, app.now(), lines);
  const isWanted = wantedEvents(args);
  for await (const batch of logs.follow(chosen(app, args), query, signal)) {
    const events = eventsIn(batch).filter(isWanted);
    if (events.length > 0) yield events;
  }
}

function chosen(app: App, args: Arguments): readonly string[] {
  const services = openedServices(app);
  const words = args.rest(0);
  return words.length === 0 ? services.names() : selectedServices(services, words);
}

function eventsIn(lines: readonly LogLine[]): readonly MonitorEvent[] {
  return lines.flatMap((line) => parseEvent(lineText(line), line) ?? []);
}

function newest(events: readonly MonitorEvent[]): MonitorEvent[] {
  return inOrder(events).slice(-MOST_EVENTS);
}
