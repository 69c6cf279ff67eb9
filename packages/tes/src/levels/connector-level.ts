import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "../errors.ts";
import type { Sourced } from "../origin.ts";
import { atHost } from "../host.ts";
import type { EndpointFields } from "../sources/endpoint-fields.ts";
import type { ChannelLevel } from "./channel-level.ts";
import { unresolved } from "./unresolved.ts";

/** Level 3: how to get there. */
export interface ConnectorLevel {
  readonly level: "connector";
  /** `root:app@203.0.113.10 -i /home/me/.ssh/id`; for this machine the channel. */
  readonly text: string;
  readonly channel: ChannelLevel;
  readonly route: Route;
}

/** Commands run on this machine. */
export interface LocalRoute {
  readonly type: "local";
  /** Act as this user, through sudo. */
  readonly actAs?: string;
}

/** Commands go through the system's OpenSSH client. */
export interface SshRoute {
  readonly type: "ssh";
  /** What ssh is told, so a `Host` alias of its configuration too. */
  readonly host: string;
  /** Who logs in. Absent: whoever ssh's configuration says. */
  readonly user?: string;
  /** Dual role: act as this user over there, through sudo. */
  readonly actAs?: string;
  readonly port?: number;
  readonly identityFile?: string;
  readonly jump?: string;
}

/** Commands go through `docker exec` or `podman exec`. */
export interface ContainerRoute {
  readonly type: "docker" | "podman";
  readonly container: string;
  readonly user?: string;
  readonly context?: string;
}

/** Commands go through `kubectl exec`, as the user that the container runs as. */
export interface PodRoute {
  readonly type: "kubectl";
  readonly pod: string;
  readonly container?: string;
  readonly namespace?: string;
  readonly context?: string;
}

/** The ways to an endpoint. */
export type Route = LocalRoute | SshRoute | ContainerRoute | PodRoute;

/**
 * @throws TetraError `UNRESOLVED` when the environment says that it cannot be reached; `INVALID_TARGET` when
 *   ssh could not be given the host or user.
 */
export function toConnector(channel: ChannelLevel, home: string | undefined): ConnectorLevel {
  const route = routeOf(channel, home);
  return { level: "connector", text: textOf(channel, route), channel, route };
}

function routeOf(channel: ChannelLevel, home: string | undefined): Route {
  const { type, host } = channel.address;
  const { text: symbol, known } = channel.address.symbol;
  const { fields } = known;
  switch (type) {
    case "local":
      return { type, ...optional("actAs", differing(fields.workUser, fields.authUser)) };
    case "ssh":
      if (fields.sshEnabled?.value === false) {
        throw unresolved(symbol, "connector", {
          reason: "its environment says ssh_enabled = false",
          hint: "set ssh_enabled to true, or use another connector",
        });
      }
      return sshRoute(host.value, fields, home);
    case "docker":
    case "podman":
      return {
        type,
        container: host.value,
        ...optional("user", fields.workUser?.value),
        ...optional("context", fields.context?.value),
      };
    case "kubectl":
      if (fields.workUser !== undefined) {
        throw unresolved(symbol, "connector", {
          reason: "kubectl exec cannot act as another user",
          hint: "leave the user out; the container's own is used",
        });
      }
      return {
        type,
        pod: host.value,
        ...optional("container", fields.container?.value),
        ...optional("namespace", fields.namespace?.value),
        ...optional("context", fields.context?.value),
      };
  }
}

function sshRoute(host: string, fields: EndpointFields, home: string | undefined): SshRoute {
  for (const word of [host, fields.authUser?.value, fields.workUser?.value, fields.jump?.value]) {
    if (word !== undefined) checkHarmless(word);
  }
  return {
    type: "ssh",
    host,
    ...optional("user", (fields.authUser ?? fields.workUser)?.value),
    ...optional("actAs", differing(fields.workUser, fields.authUser)),
    ...optional("port", fields.port?.value),
    ...optional("identityFile", expandHome(fields.identityFile?.value, home)),
    ...optional("jump", fields.jump?.value),
  };
}

/**
 * A ProxyCommand of the user's configuration puts host and user into a shell: older clients than OpenSSH 9.6
 * do not look at them (CVE-2023-51385).
 */
function checkHarmless(word: string): void {
  if (!/['"`$\\;&<>|(){}]/u.test(word)) return;
  throw new TetraError<ResolveErrorCode>(
    "INVALID_TARGET",
    `${JSON.stringify(word)} cannot be a host or user: a shell would interpret it`,
    { hint: "correct the entry", details: { word } },
  );
}

/** Who acts, if that is not who logs in. */
function differing(
  work: Sourced<string> | undefined,
  auth: Sourced<string> | undefined,
): string | undefined {
  return auth === undefined || work?.value === auth.value ? undefined : work?.value;
}

function textOf(channel: ChannelLevel, route: Route): string {
  if (route.type !== "ssh") return channel.text;
  const { user, actAs, identityFile, port, jump } = route;
  return [
    actAs === undefined ? channel.text : `${user}:${atHost(actAs, channel.address.text)}`,
    ...(identityFile === undefined ? [] : ["-i", identityFile]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(jump === undefined ? [] : ["-J", jump]),
  ].join(" ");
}

/** Without a known home the `~` stays: ssh expands it too. */
function expandHome(path: string | undefined, home: string | undefined): string | undefined {
  return home === undefined ? path : path?.replace(/^~(?=\/|$)/u, () => home);
}

function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- exactly the one key, or none
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
