import type { ShellFunction, ShellFunctions } from "./shell-call.ts";

/** A family of functions, told by how their names begin. */
interface Family {
  readonly names: RegExp;
  /** Loads its code, when the first one is called. */
  readonly load: () => Promise<Loaded>;
}

interface Loaded {
  readonly functions: ShellFunctions;
  /** Finishes what is under way and gives back what is kept between calls. */
  readonly close?: () => Promise<void>;
}

const FAMILIES: readonly Family[] = [
  {
    names: /^(_?txn_|ttm|init_evidence_vars$|generate_txn_id$)/,
    async load() {
      const transactions = await import("./transaction-functions/index.ts");
      return {
        functions: transactions.transactionFunctions,
        close: transactions.closeTransactionStores,
      };
    },
  },
  {
    names: /^(tetra_)?tsm_/,
    load: async () => ({
      functions: (await import("./service-functions/index.ts")).serviceFunctions,
    }),
  },
  {
    names: /^flow_(assemble|prompt|apply)$/,
    load: async () => ({
      functions: (await import("./context-functions/index.ts")).contextFunctions,
    }),
  },
  {
    names: /^(flow_|session_|get_[a-z_]+_dir$|generate_(flow|session)_id$)/,
    async load() {
      const flows = await import("./flow-functions/index.ts");
      return { functions: flows.flowFunctions, close: flows.closeFlowStores };
    },
  },
];

/** The functions that can be called, each family loaded when it is needed. */
export interface KnownFunctions {
  /** The function of that name, if there is one. */
  readonly find: (name: string) => Promise<ShellFunction | undefined>;
  /** Gives back what the functions that were called keep. */
  readonly close: () => Promise<void>;
}

/** All functions, none of them loaded yet. */
export function knownFunctions(): KnownFunctions {
  const loaded = new Map<Family, Loaded>();

  async function load(family: Family): Promise<Loaded> {
    const fresh = await family.load();
    loaded.set(family, fresh);
    return fresh;
  }

  return {
    async find(name) {
      const family = FAMILIES.find(({ names }) => names.test(name));
      if (family === undefined) return undefined;
      const { functions } = loaded.get(family) ?? (await load(family));
      return Object.hasOwn(functions, name) ? functions[name] : undefined;
    },
    async close() {
      for (const { close } of loaded.values()) await close?.();
    },
  };
}
