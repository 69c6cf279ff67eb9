import { visible } from "@tetra/cli-kit";
import { isTetraError } from "@tetra/errors";
import type { Services } from "@tetra/tsm";
import type { Looker } from "../look.ts";
import {
  type Dashboard,
  EMPTY_DASHBOARD,
  press,
  selectedService,
  type ServiceAct,
  withLines,
  withServices,
} from "./dashboard.ts";
import { drawDashboard } from "./draw-dashboard.ts";
import type { Screen } from "./screen.ts";

/** What the dashboard works with. */
export interface DashboardParts {
  readonly services: Services;
  readonly look: Looker;
  readonly screen: Screen;
  /** The last lines of a service and those that come, until the signal. */
  readonly follow: (name: string, signal: AbortSignal) => AsyncIterable<readonly string[]>;
  /** Ends the dashboard from outside. */
  readonly signal: AbortSignal;
}

const LOOK_MS = 1000;

/** Shows services until somebody quits. Looks once a second; nothing is sampled when nobody looks. */
export async function runDashboard(parts: DashboardParts): Promise<void> {
  const { services, look, screen, signal } = parts;
  let dashboard: Dashboard = EMPTY_DASHBOARD;
  let following = new AbortController();
  let followed: string | undefined;

  const show = (next: Dashboard): void => {
    dashboard = next;
    const name = selectedService(dashboard)?.name;
    if (name !== followed) followAnother(name);
    screen.draw(drawDashboard(dashboard, screen.size()));
  };

  function followAnother(name: string | undefined): void {
    following.abort();
    following = new AbortController();
    followed = name;
    if (name !== undefined) void followLines(name, following.signal);
  }

  async function followLines(name: string, until: AbortSignal): Promise<void> {
    try {
      for await (const lines of parts.follow(name, until)) {
        if (until.aborted) return;
        show(withLines(dashboard, lines));
      }
    } catch (error) {
      // it was removed, or its log cannot be read: the list goes on
      show({ ...dashboard, message: wordOf(error) });
    }
  }

  async function act(name: string, what: ServiceAct): Promise<void> {
    show({ ...dashboard, message: `${what} ${name} …` });
    try {
      await ACTS[what](services, name);
      show({ ...dashboard, message: `${what} ${name}: done` });
    } catch (error) {
      show({ ...dashboard, message: wordOf(error) });
    }
    lookAgain();
  }

  const lookAgain = (): void => show(withServices(dashboard, look.look(services.names())));

  const isOver = new Promise<void>((quit) => {
    screen.onKey((key) => {
      const pressed = press(dashboard, key);
      show(pressed.dashboard);
      const name = selectedService(dashboard)?.name;
      if (pressed.act === "quit") quit();
      else if (pressed.act !== undefined && name !== undefined) void act(name, pressed.act);
    });
    signal.addEventListener("abort", () => quit());
  });
  screen.onResize(() => show(dashboard));
  lookAgain();
  const timer = setInterval(lookAgain, LOOK_MS);
  await isOver;
  clearInterval(timer);
  following.abort();
}

const ACTS: Readonly<Record<ServiceAct, (services: Services, name: string) => Promise<unknown>>> = {
  start: (services, name) => services.restart(name),
  restart: (services, name) => services.restart(name),
  stop: (services, name) => services.stop(name),
  delete: (services, name) => services.remove(name),
};

/** @throws what is a bug in our code */
function wordOf(error: unknown): string {
  if (!isTetraError(error)) throw error;
  return visible(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`);
}
