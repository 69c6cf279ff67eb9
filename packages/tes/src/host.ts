/** Whether a host is an IPv6 address (without brackets, a zone allowed: `fe80::1%eth0`). */
export function isIpv6(host: string): boolean {
  return /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%[^\s]+)?$|^::[0-9a-f.:]*$/iu.test(host);
}

/** A host where something may follow it: an IPv6 address gets its brackets. */
export function bracketed(host: string): string {
  return isIpv6(host) ? `[${host}]` : host;
}

/** A host without the brackets that an IPv6 address may have been written with. */
export function withoutBrackets(host: string): string {
  const inner = /^\[(.*)\]$/u.exec(host)?.[1];
  return inner !== undefined && isIpv6(inner) ? inner : host;
}

/** `user@host`, or the host alone when nobody says who. */
export function atHost(user: string | undefined, host: string): string {
  return user === undefined ? host : `${user}@${host}`;
}
