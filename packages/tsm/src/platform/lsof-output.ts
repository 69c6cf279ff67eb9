/** The pids in what `lsof -F p` prints. */
export function parseLsofPids(text: string): readonly number[] {
  return [...text.matchAll(/^p([0-9]+)$/gm)].map(([, pid]) => Number(pid));
}
