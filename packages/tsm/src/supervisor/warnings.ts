/** What is wrong at this moment, for people; each matter has a key, and is told once. */
export interface Warnings {
  /** It is wrong. @returns whether it was not until now */
  begin(key: string, text: string): boolean;
  /** It is right again, or nobody cares any more. */
  end(key: string): void;
  /** What is wrong, in words. */
  all(): readonly string[];
}

/** Nothing is wrong. */
export function noWarnings(complain: (text: string) => void): Warnings {
  const texts = new Map<string, string>();
  return {
    begin(key, text) {
      const isNew = !texts.has(key);
      texts.set(key, text);
      if (isNew) complain(text);
      return isNew;
    },
    end: (key) => void texts.delete(key),
    all: () => [...texts.values()],
  };
}
