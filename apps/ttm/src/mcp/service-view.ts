import { observeIfReadable, type Service } from "@tetra/tsm";
import { maskSecret } from "@tetra/tsm/launch";
import * as z from "zod";
import { definedServices, servicesOf, startedService } from "../agent-policy/known-services.ts";
import type { App } from "../app.ts";

/** A service as tools tell it. */
export interface ServiceView {
  readonly name: string;
  /** `available`: defined, and never started. `broken`: its file cannot be read. */
  readonly status: string;
  readonly pid?: number;
  readonly port?: number;
  readonly uptime_seconds?: number;
  readonly restarts?: number;
  readonly command?: string;
  readonly cwd?: string;
  readonly exit?: string;
  readonly health?: string;
  readonly given_up?: string;
  readonly can_steer: boolean;
}

/** A service as tools tell it. */
export const SERVICE: z.ZodType<ServiceView> = z.object({
  name: z.string(),
  status: z
    .string()
    .describe("online, starting, stopped, crashed, backing off, given up, available …"),
  pid: z.exactOptional(z.number()),
  port: z.exactOptional(z.number()),
  uptime_seconds: z.exactOptional(z.number()),
  restarts: z.exactOptional(z.number()),
  command: z.exactOptional(z.string()),
  cwd: z.exactOptional(z.string()),
  exit: z.exactOptional(z.string().describe("How its last run ended.")),
  health: z.exactOptional(z.string()),
  given_up: z.exactOptional(z.string()),
  can_steer: z.boolean().describe("Whether the policy lets agents start and stop it."),
});

/** All services: those that were started, then those that are only defined. */
export function allServices(app: App, canSteer: (name: string) => boolean): readonly ServiceView[] {
  const services = servicesOf(app);
  const names = services.names();
  const started = names.map((name) => {
    const service = observeIfReadable(services, name);
    return service === undefined
      ? { name, status: "broken", can_steer: canSteer(name) }
      : serviceView(service, { nowMs: app.clock.now(), canSteer });
  });
  const available = definedServices(app)
    .filter((name) => startedService(names, name) === undefined)
    .map((name) => ({ name, status: "available", can_steer: canSteer(name) }));
  return [...started, ...available];
}

/** What is true of a service at this moment; what its command calls a secret is masked. */
export function serviceView(
  { meta, observed, status, supervision }: Service,
  { nowMs, canSteer }: { readonly nowMs: number; readonly canSteer: (name: string) => boolean },
): ServiceView {
  const { main, exit, startedAtMs } = observed;
  const isUp = main !== undefined && startedAtMs !== undefined;
  const ended = exit?.code ?? exit?.signal ?? exit?.reason;
  const health = supervision?.health?.state;
  return {
    name: meta.name,
    status,
    ...(main === undefined ? {} : { pid: main.pid }),
    ...(meta.port === undefined ? {} : { port: meta.port }),
    ...(isUp ? { uptime_seconds: Math.max(0, Math.floor((nowMs - startedAtMs) / 1000)) } : {}),
    restarts: meta.restarts,
    command: maskSecret("", meta.command),
    cwd: meta.cwd,
    ...(ended === undefined || ended === null ? {} : { exit: String(ended) }),
    ...(health === undefined ? {} : { health }),
    ...(supervision?.givenUp === undefined ? {} : { given_up: supervision.givenUp }),
    can_steer: canSteer(meta.name),
  };
}
