import { atHost } from "../host.ts";
import type { Route, SshRoute } from "../levels/connector-level.ts";
import { commandLine } from "./shell-quote.ts";

/**
 * The argument vector that runs a script at the end of a route.
 * @param session options of the caller's own for ssh (connection sharing, timeouts), before all others.
 */
export function routeArgv(
  route: Route,
  script: string,
  session: readonly string[] = [],
): readonly string[] {
  switch (route.type) {
    case "local":
      return actingAs(route.actAs, script);
    case "ssh":
      // whatever the login shell is, it only has to understand this one line
      return [...sshArgv(route, session), `exec ${commandLine(actingAs(route.actAs, script))}`];
    case "docker":
    case "podman":
      return [
        route.type,
        ...option("--context", route.type === "docker" ? route.context : undefined),
        ...option("--connection", route.type === "podman" ? route.context : undefined),
        "exec",
        "-i",
        ...option("-u", route.user),
        route.container,
        ...actingAs(undefined, script),
      ];
    case "kubectl":
      return [
        "kubectl",
        ...option("--context", route.context),
        ...option("-n", route.namespace),
        "exec",
        "-i",
        ...option("-c", route.container),
        route.pod,
        "--",
        ...actingAs(undefined, script),
      ];
  }
}

/** `ssh`, its options and the destination, without a command. */
export function sshArgv(route: SshRoute, session: readonly string[] = []): readonly string[] {
  return [
    "ssh",
    ...session,
    ...option("-p", route.port?.toString()),
    ...option("-i", route.identityFile),
    ...option("-J", route.jump),
    "--",
    atHost(route.user, route.host),
  ];
}

/** The whole script as that user: redirections, temporary files and `~` are the user's too. */
function actingAs(user: string | undefined, script: string): readonly string[] {
  const shell = ["sh", "-c", script];
  return user === undefined ? shell : ["sudo", "-n", "-H", "-u", user, "--", ...shell];
}

function option(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}
