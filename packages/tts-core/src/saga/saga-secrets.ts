import { TetraError } from "@tetra/errors";
import type { SecretReader } from "./action.ts";
import type { SagaDefinition } from "./definition.ts";
import type { SagaErrorCode } from "./errors.ts";
import type { Json } from "./json.ts";
import { type Masker, masker } from "./masking.ts";
import { shapeOf } from "./shape.ts";
import { secretsOf } from "./wiring.ts";

/** Secrets by the reference that stands for them. */
export type Secrets = ReadonlyMap<string, string>;

const NONE: Secrets = new Map();

/** The secrets of one saga, as long as one runner drives it. */
export interface SagaSecrets {
  /**
   * Reads, anew, what a call's data and the saga's input refer to.
   * @throws TetraError `SECRET_MISSING`
   */
  read(definition: SagaDefinition, data: Json | undefined): Promise<Secrets>;
  /** Masks every secret of the saga that could be read: one step's may show in what another says. */
  masks(): Masker;
}

/** Makes the secrets of one saga. */
export function sagaSecrets(reader: SecretReader | undefined): SagaSecrets {
  const seen = new Set<string>();
  let masks = masker([]);
  let references: ReadonlySet<string> | undefined;
  let lookedThrough: Promise<void> | undefined;

  function note(value: string): string {
    if (!seen.has(value)) {
      seen.add(value);
      masks = masker(seen);
    }
    return value;
  }

  /** What a runner before this one may have shown a step must be masked here, too. */
  async function lookThrough(all: ReadonlySet<string>): Promise<void> {
    for (const reference of all) {
      try {
        if (reader !== undefined) note(await reader.read(reference));
      } catch {
        // the step that needs it says so; what cannot be read cannot show
      }
    }
  }

  return {
    async read(definition, data) {
      references ??= referencesOf(definition);
      if (references.size === 0) return NONE;
      lookedThrough ??= lookThrough(references);
      await lookedThrough; // calls in parallel, too, wait until everything can be masked
      const secrets = new Map<string, string>();
      for (const reference of [...secretsOf(data), ...secretsOf(definition.input)]) {
        if (reader === undefined) throw noReader(reference);
        if (!secrets.has(reference)) secrets.set(reference, note(await reader.read(reference)));
      }
      return secrets;
    },
    masks: () => masks,
  };
}

function referencesOf(definition: SagaDefinition): ReadonlySet<string> {
  const places = [...shapeOf(definition).places.values()];
  const data = places.flatMap(({ node }) =>
    node.type === "step" ? [node.data, node.compensate?.data] : [],
  );
  return new Set([definition.input, ...data].flatMap((json) => secretsOf(json)));
}

function noReader(reference: string): TetraError<SagaErrorCode> {
  return new TetraError("SECRET_MISSING", `${reference}: nothing here reads secrets`, {
    hint: "give the sagas a reader of secrets",
    details: { reference },
  });
}
