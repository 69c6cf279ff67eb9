import type { HttpStatus } from "@tetra/tsm/supervisor";

/** Where agents are served, in a few words: one address is enough to know. */
export function servedAt({ urls: [url = ""], sessions }: HttpStatus): string {
  const count = sessions === 1 ? "1 session" : `${sessions} sessions`;
  return `${url} (${count})`;
}
