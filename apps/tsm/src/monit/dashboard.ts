import type { ServiceRecord } from "../service-record.ts";

/** What a service used lately, the oldest first. */
export interface Recent {
  readonly cpu: readonly number[];
  readonly memory: readonly number[];
}

/** What a person can have done to the selected service. */
export type ServiceAct = "start" | "stop" | "restart" | "delete";

/** All that is on the screen. */
export interface Dashboard {
  readonly services: readonly ServiceRecord[];
  /** By name: services come and go while somebody looks. */
  readonly selected: string | undefined;
  readonly recent: ReadonlyMap<string, Recent>;
  /** The last lines of the selected service. */
  readonly lines: readonly string[];
  /** Only services whose name has this are shown. */
  readonly filter: string;
  /** What the keys mean at the moment. */
  readonly mode: "browse" | "filter" | "confirm-delete" | "help";
  /** What was done last, or is being done. */
  readonly message: string;
}

/** Nothing is known yet. */
export const EMPTY_DASHBOARD: Dashboard = {
  services: [],
  selected: undefined,
  recent: new Map(),
  lines: [],
  filter: "",
  mode: "browse",
  message: "",
};

/** So many samples are kept of each service: two minutes. */
const KEPT_SAMPLES = 120;
const KEPT_LINES = 500;

/** The services that the filter lets through. */
export function shownServices({ services, filter }: Dashboard): readonly ServiceRecord[] {
  const wanted = filter.toLowerCase();
  return services.filter(({ name }) => name.toLowerCase().includes(wanted));
}

/** The selected service, while it is there and shown. */
export function selectedService(dashboard: Dashboard): ServiceRecord | undefined {
  return shownServices(dashboard).find(({ name }) => name === dashboard.selected);
}

/** Folds in a new look at all services; what has gone is forgotten. */
export function withServices(dashboard: Dashboard, services: readonly ServiceRecord[]): Dashboard {
  const recent = new Map(
    services.map(({ name, cpu, memory }) => {
      const before = dashboard.recent.get(name);
      return [
        name,
        { cpu: kept(before?.cpu, cpu ?? 0), memory: kept(before?.memory, memory ?? 0) },
      ];
    }),
  );
  return withSelection({ ...dashboard, services, recent });
}

function kept(before: readonly number[] = [], value: number): readonly number[] {
  return [...before, value].slice(-KEPT_SAMPLES);
}

/** Something shown is selected, if anything is shown: what was selected, else the first. */
function withSelection(dashboard: Dashboard): Dashboard {
  if (selectedService(dashboard) !== undefined) return dashboard;
  const [first] = shownServices(dashboard);
  return { ...dashboard, selected: first?.name, lines: [] };
}

/** Folds in lines of the selected service. */
export function withLines(dashboard: Dashboard, lines: readonly string[]): Dashboard {
  return { ...dashboard, lines: [...dashboard.lines, ...lines].slice(-KEPT_LINES) };
}

/** A key, as node's `readline` names it. */
export interface Key {
  readonly name: string | undefined;
  readonly text: string | undefined;
  readonly ctrl: boolean;
}

/** What pressing a key came to. */
export interface Pressed {
  readonly dashboard: Dashboard;
  /** What is to be done besides. */
  readonly act?: ServiceAct | "quit";
}

/** Decides what a key does. */
export function press(dashboard: Dashboard, key: Key): Pressed {
  if (key.ctrl && (key.name === "c" || key.name === "d")) return { dashboard, act: "quit" };
  switch (dashboard.mode) {
    case "browse":
      return browse(dashboard, key);
    case "filter":
      return { dashboard: typeFilter(dashboard, key) };
    case "help":
      return { dashboard: { ...dashboard, mode: "browse" } };
    case "confirm-delete": {
      const browsing: Dashboard = { ...dashboard, mode: "browse" };
      return key.text === "y" ? { dashboard: browsing, act: "delete" } : { dashboard: browsing };
    }
  }
}

/** What keys mean while browsing, for the help and the foot of the screen. */
export const KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ["↑↓", "select"],
  ["s", "start or stop"],
  ["r", "restart"],
  ["d", "delete"],
  ["/", "filter"],
  ["?", "help"],
  ["q", "quit"],
];

function browse(dashboard: Dashboard, { name, text }: Key): Pressed {
  const selected = selectedService(dashboard);
  const acting = (act: ServiceAct): Pressed =>
    selected === undefined ? { dashboard } : { dashboard, act };
  switch (text === "/" || text === "?" ? text : (name ?? "")) {
    case "up":
    case "k":
      return { dashboard: moved(dashboard, -1) };
    case "down":
    case "j":
      return { dashboard: moved(dashboard, 1) };
    case "home":
      return { dashboard: moved(dashboard, -Infinity) };
    case "end":
      return { dashboard: moved(dashboard, Infinity) };
    case "s":
      return acting(selected !== undefined && isUp(selected) ? "stop" : "start");
    case "r":
      return acting("restart");
    case "d":
      if (selected === undefined) return { dashboard };
      return { dashboard: { ...dashboard, mode: "confirm-delete" } };
    case "/":
      return { dashboard: { ...dashboard, mode: "filter" } };
    case "?":
      return { dashboard: { ...dashboard, mode: "help" } };
    case "q":
    case "escape":
      return { dashboard, act: "quit" };
    default:
      return { dashboard };
  }
}

/** What is about to run is stopped, too. */
function isUp({ pid, status }: ServiceRecord): boolean {
  return pid !== null || status === "starting" || status === "backing off";
}

function moved(dashboard: Dashboard, by: number): Dashboard {
  const shown = shownServices(dashboard);
  const at = shown.findIndex(({ name }) => name === dashboard.selected);
  const next = Math.max(0, Math.min(shown.length - 1, at + by));
  const selected = shown[next]?.name;
  return selected === dashboard.selected ? dashboard : { ...dashboard, selected, lines: [] };
}

function typeFilter(dashboard: Dashboard, { name, text }: Key): Dashboard {
  if (name === "return" || name === "enter") return { ...dashboard, mode: "browse" };
  if (name === "escape") return withSelection({ ...dashboard, mode: "browse", filter: "" });
  const { filter } = dashboard;
  if (name === "backspace") return withSelection({ ...dashboard, filter: filter.slice(0, -1) });
  const isLetter = text !== undefined && /^[\p{L}\p{N}\p{P}\p{S} ]$/u.test(text);
  return isLetter ? withSelection({ ...dashboard, filter: filter + text }) : dashboard;
}
