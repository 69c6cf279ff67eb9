/** Lets one wait for what somebody else does. */
export interface Bell {
  readonly ring: () => void;
  /** Resolves at the next ring after this call. */
  reset(): Promise<void>;
}

/** Makes a bell. */
export function makeBell(): Bell {
  let wake: () => void = () => undefined;
  return {
    ring: () => wake(),
    reset: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}
