/** Takes what others put in, in order, and lets one reader wait for it. */
export interface Inbox<Item> {
  readonly put: (item: Item) => void;
  /** Everything that came since the last time. */
  readonly takeAll: () => readonly Item[];
  /** Resolves once there is something, or the inbox was rung. */
  readonly wait: () => Promise<void>;
  /** Ends the wait although there is nothing. */
  readonly ring: () => void;
}

/** Makes an inbox. */
export function inbox<Item>(): Inbox<Item> {
  let items: Item[] = [];
  let isRung = false;
  let tell: (() => void) | undefined;
  const ring = (): void => {
    isRung = true;
    tell?.();
  };
  return {
    put(item) {
      items.push(item);
      ring();
    },
    takeAll() {
      const all = items;
      items = [];
      isRung = false;
      return all;
    },
    wait: () =>
      isRung
        ? Promise.resolve()
        : new Promise((resolve) => {
            tell = resolve;
          }),
    ring,
  };
}
