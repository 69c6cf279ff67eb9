import { TetraError } from "@tetra/errors";
import type { ProbeResult } from "../src/care/run-probe.ts";
import { type Meta, parseMeta } from "../src/files/meta.ts";
import type { HistoryEntry } from "../src/files/history.ts";
import type { Observed } from "../src/run/observe.ts";
import type { Started } from "../src/run/start.ts";
import type { Service } from "../src/services.ts";
import { type Exit, isSuccess } from "../src/supervise/restart-policy.ts";
import type { Memory } from "../src/supervisor/attend.ts";
import type { LogKeeper, SupervisedServices, SupervisorPorts } from "../src/supervisor/ports.ts";
import { type Supervisor, superviseServices } from "../src/supervisor/supervisor.ts";

/** A start that somebody made, and what it followed. */
export interface FakeStart {
  readonly name: string;
  readonly by: "person" | "supervisor";
  readonly generation: number;
  /** How the run before had ended, and when it had. */
  readonly exit: Exit | undefined;
  readonly endedUpMs: number | undefined;
  readonly ranMs: number | undefined;
  readonly upMs: number;
  /** Its stop was asked for: a restart. */
  readonly wasAsked: boolean;
  readonly wasOtherBoot: boolean;
}

interface FakeService {
  meta: Meta;
  live: boolean;
  shimLost: boolean;
  exit: Exit | undefined;
  startedUpMs: number | undefined;
  endedUpMs: number | undefined;
  startedAtMs: number | undefined;
  watchers: Set<() => void>;
  /** Told of the shim's end. */
  shimWatchers: Set<() => void>;
  /** Runs whose program cannot be started. */
  isBroken: boolean;
}

const UNKNOWN: Exit = { code: null, signal: null, reason: "nobody saw" };

/** A machine of services that are nothing but records, with a clock that tests move. */
export class FakeWorld {
  upMs = 1_000_000;
  wallMs = 1_700_000_000_000;
  bootId = "boot-1";
  readonly services: Map<string, FakeService> = new Map();
  readonly memories: Map<string, Memory> = new Map();
  readonly history: HistoryEntry[] = [];
  readonly starts: FakeStart[] = [];
  readonly complaints: string[] = [];
  /** Answers to probes come after this. */
  probesAreHeld: Promise<void> | undefined;
  /** Nobody tells of a shim's end. */
  shimsAreMute = false;
  /** Nothing can be watched any more. */
  hasNoWatches = false;
  /** Services that somebody else acts on at this moment. */
  readonly actedOn: Set<string> = new Set();
  saved: readonly { readonly name: string }[] = [];
  /** Who looks after logs; nobody. */
  logs: LogKeeper | undefined;
  looks = 0;
  probeAnswers: Map<string, ProbeResult> = new Map();
  memoryBytes: Map<string, number> = new Map();
  fileWatchers: Map<string, Set<(path: string) => void>> = new Map();
  private readonly timers: { atMs: number; ring: () => void }[] = [];
  private readonly nameWatchers = new Set<(name: string | undefined) => void>();
  private life = 0;
  private supervisor: Supervisor | undefined;

  /** The daemon is killed: whatever it had under way stops where it is. */
  kill(): void {
    this.life += 1;
    this.supervisor = undefined;
    this.timers.length = 0;
    this.nameWatchers.clear();
    this.fileWatchers.clear();
    for (const { watchers, shimWatchers } of this.services.values()) {
      watchers.clear();
      shimWatchers.clear();
    }
  }

  async boot(): Promise<Supervisor> {
    this.kill();
    this.supervisor = superviseServices(this.ports());
    await this.supervisor.start();
    await settle();
    return this.supervisor;
  }

  /** Moves time on, ringing whatever is due on the way. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.upMs + ms;
    for (;;) {
      const next = this.timers
        .filter(({ atMs }) => atMs <= untilMs)
        .toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.timers.splice(this.timers.indexOf(next), 1);
      this.move(Math.max(0, next.atMs - this.upMs));
      next.ring();
      await settle();
    }
    this.move(untilMs - this.upMs);
    await settle();
  }

  private move(ms: number): void {
    this.upMs += ms;
    this.wallMs += ms;
  }

  /** A person starts a service, perhaps one that is not there yet. */
  start(name: string, more: Readonly<Record<string, unknown>> = {}): void {
    const before = this.services.get(name);
    if (before?.live === true) return;
    const meta = parseMeta(JSON.stringify({ status: "stopped", ...before?.meta, ...more }), name);
    if (before === undefined) {
      const plain = {
        shimLost: false,
        exit: undefined,
        startedUpMs: undefined,
        endedUpMs: undefined,
      };
      const rest = { startedAtMs: undefined, watchers: new Set<() => void>(), isBroken: false };
      const shimWatchers = new Set<() => void>();
      this.services.set(name, { meta, live: false, shimWatchers, ...plain, ...rest });
      this.run(name, "person");
      for (const watcher of this.nameWatchers) watcher(name);
    } else {
      before.meta = meta;
      this.run(name, "person");
    }
  }

  stop(name: string): void {
    const service = this.services.get(name);
    if (service === undefined) return;
    const { generation } = service.meta;
    const stopped_generation = service.live ? generation : service.meta.stopped_generation;
    service.meta = { ...service.meta, desired: "stopped", stopped_generation };
    if (service.live) this.die(name, { code: null, signal: "SIGTERM" });
  }

  /** A person's restart that dies between its stop and its start. */
  halfRestart(name: string): void {
    const service = this.services.get(name);
    if (service?.live !== true) return;
    service.meta = { ...service.meta, stopped_generation: service.meta.generation };
    this.die(name, { code: null, signal: "SIGTERM" });
  }

  remove(name: string): void {
    this.stop(name);
    if (!this.services.delete(name)) return;
    this.memories.delete(name);
    for (const watcher of this.nameWatchers) watcher(name);
  }

  die(name: string, exit: Exit): void {
    const service = this.services.get(name);
    if (service?.live !== true) return;
    const isSilent = service.shimLost;
    service.live = false;
    service.exit = isSilent ? UNKNOWN : exit;
    service.endedUpMs = this.upMs;
    if (!isSilent) for (const watcher of service.watchers) watcher();
  }

  loseShim(name: string, withCommand = false): void {
    const service = this.services.get(name);
    if (service?.live !== true) return;
    const told = service.shimLost ? [] : [...service.shimWatchers];
    service.shimLost = true;
    if (withCommand) this.die(name, UNKNOWN);
    for (const tell of told) tell();
  }

  killWithShim(name: string): void {
    this.loseShim(name, true);
  }

  /** Everything ends and it is another boot: without a word, or as `exit` where the shims could note it. */
  reboot(exit: Exit = UNKNOWN): void {
    this.kill();
    this.bootId = `${this.bootId}+`;
    for (const service of this.services.values()) {
      if (service.live) {
        service.live = false;
        service.exit = exit;
        service.endedUpMs = this.upMs;
      }
    }
  }

  break(name: string, isBroken: boolean): void {
    const service = this.services.get(name);
    if (service !== undefined) service.isBroken = isBroken;
  }

  touch(name: string, path: string): void {
    for (const watcher of this.fileWatchers.get(name) ?? []) watcher(path);
  }

  private run(name: string, by: "person" | "supervisor"): void {
    const service = this.require(name);
    if (service.live) throw new Error(`${name} was started twice`);
    const { exit, endedUpMs, startedUpMs, meta } = service;
    const ranMs =
      endedUpMs === undefined || startedUpMs === undefined ? undefined : endedUpMs - startedUpMs;
    const generation = meta.generation + 1;
    const wasAsked = meta.stopped_generation === meta.generation;
    const wasOtherBoot = meta.boot_id !== this.bootId;
    const { upMs } = this;
    this.starts.push({
      name,
      by,
      generation,
      exit,
      endedUpMs,
      ranMs,
      upMs,
      wasAsked,
      wasOtherBoot,
    });
    service.meta = { ...meta, generation, desired: "online", boot_id: this.bootId };
    Object.assign(service, {
      live: true,
      shimLost: false,
      exit: undefined,
      startedUpMs: upMs,
      startedAtMs: this.wallMs,
    });
    for (const watcher of service.watchers) watcher();
  }

  private require(name: string): FakeService {
    const service = this.services.get(name);
    if (service !== undefined) return service;
    throw new TetraError("SERVICE_NOT_FOUND", `no ${name}`);
  }

  observe(name: string): Service {
    this.looks += 1;
    const { meta, live, shimLost, exit, startedAtMs, startedUpMs, endedUpMs } = this.require(name);
    const wasAsked = meta.stopped_generation === meta.generation;
    const ran = endedUpMs === undefined || startedUpMs === undefined ? 0 : endedUpMs - startedUpMs;
    const started = startedAtMs === undefined ? {} : { startedAtMs };
    const observed: Observed = live
      ? {
          state: "online",
          main: { pid: 7, start: "1" },
          ...(shimLost ? {} : { shim: { pid: 6, start: "1" } }),
          shimLost,
          ...started,
        }
      : {
          state:
            wasAsked || (exit !== undefined && isSuccess(meta.restart_policy, exit))
              ? "stopped"
              : "crashed",
          shimLost: false,
          ...started,
          ...(startedAtMs === undefined ? {} : { endedAtMs: startedAtMs + ran }),
          ...(exit === undefined ? {} : { exit }),
        };
    return { meta, observed, supervision: undefined, status: observed.state };
  }

  /** Acts as the library does: later, and after looking again. */
  private async under<Result>(
    name: string,
    act: (service: FakeService) => Result,
  ): Promise<Result> {
    const { life } = this;
    await Promise.resolve();
    if (this.life !== life) return new Promise<never>(() => {}); // killed while it waited
    return act(this.require(name));
  }

  private ports(): SupervisorPorts {
    const { life } = this;
    const isAlive = (): boolean => this.life === life;
    const services: SupervisedServices = {
      names: () => [...this.services.keys()].toSorted(),
      observe: (name) => this.observe(name),
      revive: async (name, generation) =>
        this.under(name, (service) => {
          const { meta, live, isBroken } = service;
          if (meta.generation !== generation || meta.desired !== "online" || live) return undefined;
          if (isBroken) throw new TetraError("COMMAND_NOT_FOUND", `${name}: gone`);
          this.run(name, "supervisor");
          return started;
        }),
      renew: async (name, generation) =>
        this.under(name, (service) => {
          if (service.meta.generation !== generation || service.meta.desired !== "online")
            return undefined;
          this.halfRestart(name);
          if (service.isBroken) throw new TetraError("COMMAND_NOT_FOUND", `${name}: gone`);
          this.run(name, "supervisor");
          return started;
        }),
      finishStop: async () => undefined,
      noteEnd: async (name, generation) =>
        this.under(name, (service) => {
          const { name: ended, ended_generation: told = 0 } = service.meta;
          if (service.meta.generation !== generation || told >= generation) return false;
          service.meta = { ...service.meta, ended_generation: generation };
          this.history.push({ event: "ended", name: ended, generation });
          return true;
        }),
      noteReady: async () => false,
      note: (entry) => void this.history.push(entry),
      usage: (name) => ({
        atMs: 0,
        cpuMs: 0,
        memoryBytes: this.memoryBytes.get(name) ?? 0,
        processes: 1,
      }),
      watch: (name, onChange) => {
        const { watchers } = this.require(name);
        watchers.add(onChange);
        return () => void watchers.delete(onChange);
      },
    };
    return {
      services,
      ...(this.logs === undefined ? {} : { logs: this.logs }),
      alarm: {
        now: () => this.wallMs,
        up: () => this.upMs,
        after: (ms, ring) => {
          const timer = { atMs: this.upMs + ms, ring };
          if (isAlive()) this.timers.push(timer);
          return () => {
            const at = this.timers.indexOf(timer);
            if (at !== -1) this.timers.splice(at, 1);
          };
        },
      },
      later: (act) => queueMicrotask(() => void (isAlive() && act())),
      random: () => 0.5,
      bootId: this.bootId,
      memories: {
        read: (name) => this.memories.get(name),
        write: (name, memory) => void (isAlive() && this.memories.set(name, memory)),
      },
      isActedOn: (name) => this.actedOn.has(name),
      watchNames: (onChange) => {
        if (this.hasNoWatches) throw noWatchesLeft();
        this.nameWatchers.add(onChange);
        return () => void this.nameWatchers.delete(onChange);
      },
      watchShim: (name, onEnd) => {
        if (this.shimsAreMute) return undefined;
        const { shimWatchers } = this.require(name);
        shimWatchers.add(onEnd);
        return () => void shimWatchers.delete(onEnd);
      },
      watchFolder: () => () => {},
      watchFiles: async ({ paths: [name = ""] }, onChange, onError) => {
        await Promise.resolve();
        if (this.hasNoWatches)
          for (let folder = 0; folder < 3; folder += 1) onError(noWatchesLeft());
        const watchers = this.fileWatchers.get(name) ?? new Set();
        this.fileWatchers.set(name, watchers.add(onChange));
        return () => void watchers.delete(onChange);
      },
      nextCron: async (expression, afterMs) => {
        const everyMs = expression.startsWith("0 ") ? 3_600_000 : 60_000;
        return Math.floor(afterMs / everyMs) * everyMs + everyMs;
      },
      probe: async (probe) => {
        const answer = this.probeAnswers.get(probe.type === "http" ? probe.url : "") ?? {
          ok: true,
        };
        await this.probesAreHeld;
        return answer;
      },
      environmentOf: () => ({}),
      save: (saved) => void (this.saved = saved),
      complain: (text) => void this.complaints.push(text),
    };
  }
}

// what comes back from a start is not looked at
const started: Started = {
  meta: parseMeta("{}", "any"),
  observed: { state: "online", shimLost: false },
  isListening: undefined,
  actualPort: undefined,
  portHolder: undefined,
};

function noWatchesLeft(): Error {
  return Object.assign(new Error("ENOSPC: System limit for number of file watchers reached"), {
    code: "ENOSPC",
  });
}

/** Lets everything that is ready happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
