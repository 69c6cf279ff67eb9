import type { Started } from "@tetra/tsm";

/** `<name> (TSM ID: <id>, PID: <pid>, Port: <port>)`: without a port when there is none. */
export function startedText({ meta, observed }: Pick<Started, "meta" | "observed">): string {
  const { name, tsm_id: id, port } = meta;
  const pid = observed.main?.pid ?? meta.pid;
  const parts = [
    `TSM ID: ${id ?? "-"}`,
    `PID: ${pid ?? "-"}`,
    ...(port === undefined ? [] : [`Port: ${port}`]),
  ];
  return `${name} (${parts.join(", ")})`;
}

/** What is odd about a service that runs; a line each. */
export function startWarnings({ meta, isListening, portHolder }: Started): readonly string[] {
  const { name, port } = meta;
  if (port === undefined || isListening !== false) return [];
  if (portHolder === undefined) {
    return [`⚠️  ${name}: started but not listening on expected port ${port} yet`];
  }
  const { pid, command } = portHolder;
  const who = pid === undefined ? "another user's process" : `PID ${pid} (${command})`;
  return [`⚠️  ${name}: started but not listening on expected port: ${port} is held by ${who}`];
}
