import { type Round, wantedOf, type Ward } from "./ward.ts";

const SAVE_MS = 200;

/** What is kept on disk for whoever supervises next (V3). */
export interface Remembering {
  /** Takes up what was remembered of a service. */
  recall(ward: Ward): void;
  /** Writes down what is remembered of a service, if that has changed. */
  remember(ward: Ward): void;
  /** Writes down, soon, what should run, if that has changed. */
  saveSoon(): void;
}

/** Remembers in files; what could not be written is written at the next change. */
export function remembering({
  ports,
  times,
  wards,
  attempt,
}: Pick<Round, "ports" | "times" | "wards" | "attempt">): Remembering {
  let saved = "";

  function save(): void {
    const wanted = wantedOf(wards());
    const text = JSON.stringify(wanted);
    if (text === saved) return;
    attempt("saved.json", () => {
      ports.save(wanted);
      saved = text;
    });
  }

  return {
    recall(ward) {
      attempt(ward.name, () => {
        ward.memory = ports.memories.read(ward.name);
        ward.written = ward.memory && JSON.stringify(ward.memory);
      });
    },
    remember(ward) {
      const { memory, name, written } = ward;
      if (memory === undefined) return;
      const { failures, countedGeneration, health } = memory;
      const isPlain = failures === 0 && countedGeneration === 0 && health === undefined;
      if (isPlain && written === undefined) return;
      const text = JSON.stringify(memory);
      if (text === written) return;
      attempt(name, () => {
        ports.memories.write(name, memory);
        ward.written = text;
      });
    },
    saveSoon: () => times.set("save", SAVE_MS, save),
  };
}
