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
export function startWarnings(started: Started): readonly string[] {
  const { meta, isListening, actualPort, portHolder } = started;
  const { name, port } = meta;
  if (port === undefined || isListening === undefined || actualPort === port) return [];
  const unexpected = `⚠️  ${name}: started but not listening on expected port`;
  const mismatch =
    actualPort === undefined
      ? []
      : [`⚠️  ${name}: Port mismatch (declared=${port}, actual=${actualPort})`];
  if (portHolder === undefined) {
    return actualPort === undefined
      ? [`${unexpected} ${port} yet`]
      : [`${unexpected} ${port}`, ...mismatch];
  }
  const { pid, command } = portHolder;
  const who = pid === undefined ? "another user's process" : `PID ${pid} (${command})`;
  return [`${unexpected}: ${port} is held by ${who}`, ...mismatch];
}
