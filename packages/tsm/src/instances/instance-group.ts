import { TetraError } from "@tetra/errors";
import { readableServices } from "../readable-services.ts";
import type { Service, Services } from "../services.ts";
import type { InstancesErrorCode } from "./errors.ts";

/** The key in `meta.json` that says for whom a stand-in was started. */
const STANDS_IN_FOR = "stands_in_for";

/** One of several services that are alike and share their traffic. */
export interface Instance {
  readonly name: string;
  /** From 0. */
  readonly instance: number;
  /** Its TCP port. */
  readonly port: number | undefined;
  /** Whether it runs and is ready. */
  readonly isUp: boolean;
  /** Whether it should run. */
  readonly isWanted: boolean;
}

/** Services that are alike: the instances of a group, or one service alone. */
export interface InstanceGroup {
  /** That of the group; of a service alone its own. */
  readonly name: string;
  /** By number. */
  readonly instances: readonly Instance[];
  /** What carries the traffic while the only instance is restarted; one may be left by a reload that died. */
  readonly standIn: Instance | undefined;
}

/** The name of the stand-in for a service. */
export function standInName(name: string): string {
  return `${name}.stand-in`;
}

/** What `meta.json` of a stand-in says besides. */
export function aboutStandIn(name: string): Readonly<Record<string, unknown>> {
  return { [STANDS_IN_FOR]: name };
}

/** All groups there are, by name. */
export function findGroups(services: Services): readonly InstanceGroup[] {
  const members = new Map<string, Instance[]>();
  const standIns = new Map<string, Instance>();
  const all = readableServices(services);
  const names = new Set(all.map(({ meta }) => meta.name));
  for (const service of all) {
    const instance = instanceOf(service);
    const of = service.meta.others[STANDS_IN_FOR];
    // one whose service was removed is a service like any other
    if (typeof of === "string" && names.has(of)) {
      standIns.set(of, instance);
      continue;
    }
    const group = groupName(service);
    members.set(group, [...(members.get(group) ?? []), instance]);
  }
  return [...members]
    .map(([name, instances]) => ({
      name,
      instances: instances.toSorted((a, b) => a.instance - b.instance),
      standIn: instances.map((one) => standIns.get(one.name)).find((one) => one !== undefined),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The group of this name, or the one that the service of this name is in.
 * @throws TetraError `GROUP_NOT_FOUND`
 */
export function findGroup(services: Services, word: string): InstanceGroup {
  const groups = findGroups(services);
  const found =
    groups.find(({ name }) => name === word) ??
    groups.find(({ instances }) => instances.some(({ name }) => name === word)) ??
    groups.find(({ standIn }) => standIn?.name === word);
  if (found !== undefined) return found;
  throw new TetraError<InstancesErrorCode>(
    "GROUP_NOT_FOUND",
    `there is no service or group ${JSON.stringify(word)}`,
    { hint: "list the services", details: { name: word } },
  );
}

/** Services of a group without numbers are not alike: each is alone. */
function groupName({ meta }: Service): string {
  return meta.instance === undefined ? meta.name : (meta.group ?? meta.name);
}

function instanceOf({ meta, observed }: Service): Instance {
  return {
    name: meta.name,
    instance: meta.instance ?? 0,
    port: meta.port,
    isUp: observed.state === "online",
    isWanted: meta.desired === "online",
  };
}
