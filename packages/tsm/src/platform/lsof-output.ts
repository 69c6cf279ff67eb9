/** The pids in what `lsof -F p` prints. */
export function parseLsofPids(text: string): readonly number[] {
  return [...text.matchAll(/^p([0-9]+)$/gm)].map(([, pid]) => Number(pid));
}

/** Who listens on what, in what `lsof -F pn` prints: `p` begins a process, `n` is an address with port. */
export function parseLsofListeners(
  text: string,
): readonly { readonly port: number; readonly pid: number }[] {
  const found = new Map<string, { readonly port: number; readonly pid: number }>();
  let pid: number | undefined;
  for (const line of text.split("\n")) {
    if (/^p[0-9]+$/.test(line)) pid = Number(line.slice(1));
    const [, port] = /^n.*:([0-9]+)$/.exec(line) ?? [];
    if (pid === undefined || port === undefined) continue;
    found.set(`${pid} ${port}`, { port: Number(port), pid }); // one socket for each kind of address
  }
  return [...found.values()];
}
