import {
  type ConnectorOptions,
  type Endpoints,
  endpoints,
  folderHandleCache,
  type HandleCache,
  handleKey,
  type HandleLevel,
  type HandleTest,
  isTested,
  loadEndpoints,
  loadSshConfig,
  type Places,
  type PlanLevel,
  resolve,
  type ResolveOptions,
  type Self,
} from "@tetra/tes";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import type { App } from "../app.ts";

/** What endpoints are resolved with, and how they are connected to. */
export interface Reach {
  readonly endpoints: Endpoints;
  readonly self: Self;
  readonly connection: ConnectorOptions;
  /** Tests of connections, kept below the data root. */
  readonly cache: HandleCache;
}

/** What is to be done with a symbol, without what it is resolved from. */
export type Doing = Omit<ResolveOptions, "endpoints" | "self" | "test">;

/**
 * Reads what describes endpoints.
 * @throws TetraError `INVALID_TOPOLOGY`, `INVALID_CONFIG`, `AMBIGUOUS_ORG`, `NO_DATA_ROOT`
 */
export function reachOf(app: App): Reach {
  const sshConfig = app.env["TETRA_SSH_CONFIG"] || undefined;
  return {
    endpoints: readEndpoints(endpointPlaces(app), sshConfig),
    self: { home: homedir(), user: userInfo().username },
    connection: {
      env: app.env,
      isInteractive: app.isInteractive(),
      ...(sshConfig === undefined ? {} : { sshConfig }),
    },
    cache: folderHandleCache(join(app.places().root, "resolve", "cache")),
  };
}

/** Where to look for files that describe endpoints. */
export function endpointPlaces(app: App): Places {
  const { root, topology } = app.places();
  const org = app.env["TETRA_ORG"];
  return {
    tetraDir: root,
    topologyFile: topology,
    home: homedir(),
    ...(org === undefined ? {} : { org }),
  };
}

/** Climbs to a plan, with the test of its connection that is remembered. */
export function planIn(reach: Reach, symbol: string, doing: Doing): PlanLevel {
  const { endpoints: known, self } = reach;
  const options = { ...doing, endpoints: known, self };
  const handle = resolve(symbol, { ...options, level: "handle" });
  const test = rememberedTest(reach, handle);
  return resolve(symbol, { ...options, ...(test && { test }), level: "plan" });
}

/** The last test of a handle, if it still counts. */
export function rememberedTest({ cache }: Reach, handle: HandleLevel): HandleTest | undefined {
  const test = cache.get(handleKey(handle));
  return test !== undefined && isTested({ ...handle, test }, Date.now()) ? test : undefined;
}

function readEndpoints(places: Places, sshConfig: string | undefined): Endpoints {
  if (sshConfig === undefined) return loadEndpoints(places);
  const { home = "", ...others } = places;
  const files = loadEndpoints(others).sources.filter(({ file }) => file !== undefined);
  return endpoints(files, loadSshConfig(sshConfig, home));
}
