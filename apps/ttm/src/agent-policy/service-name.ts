/** A service's name without the port or the second that was added when it was started. */
export function baseOfService(name: string): string {
  return name.replace(/-\d+$/u, "");
}
