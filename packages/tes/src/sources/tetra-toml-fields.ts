import { withoutBrackets } from "../host.ts";
import type { Sourced } from "../origin.ts";
import { ENDPOINT_TYPES, type EndpointFields, type EndpointType } from "./endpoint-fields.ts";
import { foundFields } from "./fields-of.ts";
import type { ConnectorSection, EnvironmentSection, SymbolSection } from "./tetra-toml-schema.ts";

type SourcedIn = <Value>(key: string, value: Value | undefined) => Sourced<Value> | undefined;

/** What `[connectors]` says. */
export function connectorFields(found: ConnectorSection, sourced: SourcedIn): EndpointFields {
  return foundFields({
    type: sourced("type", found.type),
    host: sourced("host", bare(found.host)),
    authUser: sourced("auth_user", found.auth_user),
    workUser: sourced("work_user", found.work_user),
    identityFile: sourced("auth_key", found.auth_key),
    port: sourced("port", found.port),
    jump: sourced("jump", found.jump),
    ...containerFields(found, sourced),
    ...propertyFields(found, sourced),
  });
}

/** What `[environments.*]` says. */
export function environmentFields(found: EnvironmentSection, sourced: SourcedIn): EndpointFields {
  const user = sourced("user", found.user);
  const workUser = sourced("ssh_work_user", found.ssh_work_user);
  return foundFields({
    type: sourced("type", endpointTypeOf(found.type)),
    host:
      sourced("ssh_host", bare(found.ssh_host)) ??
      sourced("host", bare(found.host)) ??
      sourced("address", bare(found.address)) ??
      sourced("server_ip", bare(found.server_ip)) ??
      sourced("floating_ip", bare(found.floating_ip)) ??
      sourced("private_ip", bare(found.private_ip)),
    authUser:
      sourced("ssh_auth_user", found.ssh_auth_user) ?? (workUser === undefined ? undefined : user),
    workUser: workUser ?? user,
    identityFile: sourced("ssh_key", found.ssh_key),
    port: sourced("ssh_port", found.ssh_port),
    jump: sourced("ssh_jump", found.ssh_jump),
    sshEnabled: sourced("ssh_enabled", found.ssh_enabled),
    ...containerFields(found, sourced),
    ...propertyFields(found, sourced),
  });
}

/** What `[symbols]` says. */
export function symbolFields(found: SymbolSection, sourced: SourcedIn): EndpointFields {
  return foundFields({
    type: sourced("type", endpointTypeOf(found.type)),
    host: sourced("address", bare(found.address)),
    ...propertyFields(found, sourced),
  });
}

function containerFields(
  found: ConnectorSection | EnvironmentSection,
  sourced: SourcedIn,
): EndpointFields {
  return foundFields({
    container: sourced("container", found.container),
    pod: sourced("pod", found.pod),
    namespace: sourced("namespace", found.namespace),
    context: sourced("context", found.context),
  });
}

function propertyFields(
  found: ConnectorSection | EnvironmentSection | SymbolSection,
  sourced: SourcedIn,
): EndpointFields {
  return foundFields({
    description: sourced("description", found.description),
    network: sourced("network", found.network),
    write: sourced("write", found.write),
    audit: sourced("audit", found.audit),
  });
}

/** `remote` is ssh; words that are no type (`droplet`, `vps`) say nothing about the connection. */
function endpointTypeOf(text: string | undefined): EndpointType | undefined {
  if (text === "remote") return "ssh";
  return ENDPOINT_TYPES.find((type) => type === text);
}

function bare(host: string | undefined): string | undefined {
  return host === undefined ? undefined : withoutBrackets(host);
}
