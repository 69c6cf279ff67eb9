import { isSshDestination } from "../ssh-destination.ts";
import type { EndpointSource } from "./endpoint-source.ts";
import type { SshConfig } from "./ssh-config.ts";

/**
 * The hosts of an OpenSSH configuration as a source: `Host web1` is `@web1`. Only the name becomes a
 * value, because `ssh web1` must meet its block again; who, with which key and through whom is then
 * what ssh itself reads there.
 */
export function sshConfigSource(config: SshConfig): EndpointSource {
  const bySymbol = new Map(
    config.hosts
      .filter(({ name }) => /^[A-Za-z][A-Za-z0-9_-]*$/u.test(name) && isSshDestination(name))
      .map((host) => [`@${host.name}`, host]),
  );
  return {
    name: "ssh config",
    symbols: [...bySymbol.keys()],
    fields(symbol) {
      const host = bySymbol.get(symbol);
      if (host === undefined) return undefined;
      return {
        type: { value: "ssh", origin: host.origin },
        host: { value: host.name, origin: host.origin },
      };
    },
  };
}
