import type { NewStep, TransactionManager } from "./transaction-manager.ts";
import type { TransactionResult } from "./record.ts";

/**
 * Collects steps and runs them as one transaction. The steps stay: executing twice makes two
 * transactions with the same steps.
 */
export class SagaOrchestrator {
  readonly #manager: TransactionManager;
  readonly #steps: NewStep[] = [];

  /** Works on the manager; one without handlers makes it a dry run. */
  constructor(manager: TransactionManager) {
    this.#manager = manager;
  }

  /** Adds a step at the end. */
  register(step: NewStep): this {
    this.#steps.push(step);
    return this;
  }

  /** Begins a transaction, adds the steps, and commits it. @throws TetraError `IO` */
  async execute(timeoutSeconds = 60): Promise<TransactionResult> {
    const { transaction_id: id } = await this.#manager.begin(timeoutSeconds);
    for (const step of this.#steps) await this.#manager.addStep(id, step);
    return this.#manager.commit(id);
  }
}
