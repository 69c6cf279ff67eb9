import type { LockRange } from "../file-system.ts";

interface Held<Owner> {
  readonly owner: Owner;
  readonly start: number;
  readonly end: number;
  readonly shared: boolean;
}

interface Waiter<Owner> {
  readonly owner: Owner;
  readonly range: LockRange;
  settle(error?: Error): void;
}

/**
 * The kernel's locks on one file, with what waits for them. They belong to an open file, so that two
 * opens of one process exclude each other.
 */
export class LockTable<Owner> {
  #held: Held<Owner>[] = [];
  #waiters: Waiter<Owner>[] = [];

  tryLock(owner: Owner, range: LockRange): boolean {
    const wanted = asHeld(owner, range);
    if (this.#held.some((held) => conflicts(held, wanted))) return false;
    this.#held = [...this.#without(wanted), wanted];
    // a shared lock in place of an exclusive one may let others in
    this.#serveWaiters();
    return true;
  }

  wait(owner: Owner, range: LockRange): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => (error === undefined ? resolve() : reject(error));
      this.#waiters.push({ owner, range, settle });
    });
  }

  unlock(owner: Owner, range: LockRange): void {
    this.#held = this.#without(asHeld(owner, range));
    this.#serveWaiters();
  }

  /** Drops all that `owner` holds; its waiters fail. */
  drop(owner: Owner, reason: () => Error): void {
    const orphans = this.#waiters.filter((waiter) => waiter.owner === owner);
    this.#waiters = this.#waiters.filter((waiter) => waiter.owner !== owner);
    this.#held = this.#held.filter((held) => held.owner !== owner);
    for (const waiter of orphans) waiter.settle(reason());
    this.#serveWaiters();
  }

  #without(gone: Held<Owner>): Held<Owner>[] {
    return this.#held.flatMap((held) => {
      if (held.owner !== gone.owner || !overlaps(held, gone)) return [held];
      const before = { ...held, end: Math.min(held.end, gone.start) };
      const after = { ...held, start: Math.max(held.start, gone.end) };
      return [before, after].filter((rest) => rest.start < rest.end);
    });
  }

  #serveWaiters(): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      const wanted = asHeld(waiter.owner, waiter.range);
      if (this.#held.some((held) => conflicts(held, wanted))) return true;
      this.#held = [...this.#without(wanted), wanted];
      waiter.settle();
      return false;
    });
  }
}

function asHeld<Owner>(owner: Owner, { offset, length, shared = false }: LockRange): Held<Owner> {
  const end = length === 0 ? Number.POSITIVE_INFINITY : offset + length;
  return { owner, start: offset, end, shared };
}

function overlaps<Owner>(a: Held<Owner>, b: Held<Owner>): boolean {
  return a.start < b.end && b.start < a.end;
}

function conflicts<Owner>(a: Held<Owner>, b: Held<Owner>): boolean {
  return a.owner !== b.owner && !(a.shared && b.shared) && overlaps(a, b);
}
