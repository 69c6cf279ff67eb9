import type { Arguments } from "@tetra/cli-kit";
import { type PlanLevel, protection } from "@tetra/tes";
import type { SagaDefinition, SagaNode } from "@tetra/tts-core/saga";
import type { TransactionManager } from "@tetra/tts-core";
import { userInfo } from "node:os";
import type { App } from "../app.ts";
import { consentOf, permit } from "../tes/permission.ts";
import { placeOf } from "../tes/place.ts";

/** What a person allows the steps of a saga on endpoints. */
export interface Consents {
  /**
   * Makes sure that something may be done on an endpoint as part of a transaction.
   * @returns what allowed it, for the log.
   * @throws TetraError `PROTECTED`
   */
  permit(txn: string, plan: PlanLevel): Promise<string>;
  /** Records in a transaction all that was allowed, for whoever carries it out. */
  record(txn: string): Promise<void>;
}

/** What was allowed before, by symbol. */
export type Given = ReadonlyMap<string, string>;

/**
 * Asks once for each endpoint on which steps of a saga work, before anything is recorded.
 * @throws TetraError `PROTECTED`, a `ResolveErrorCode`
 */
export async function askConsent(
  definition: SagaDefinition,
  { target, args, app }: { readonly target: string; readonly args: Arguments; readonly app: App },
): Promise<Given> {
  const given = new Map<string, string>();
  for (const [symbol, command] of endpointsOf(definition.steps, target)) {
    const place = placeOf(symbol, { deed: { operation: "execute", command } }, app);
    if (place === undefined) continue;
    const because = await permit(place.plan, consentOf(args), app);
    // what needs no word of a person is looked at again when it is done
    const isFree = protection(place.plan, { isInteractive: false }).type === "allowed";
    if (!isFree) given.set(symbol, because);
  }
  return given;
}

/** Consents that were given now, and those that are recorded in the transaction. */
export function consents(
  app: App,
  manager: Pick<TransactionManager, "load" | "approve">,
  given: Given,
): Consents {
  const recorded = new Set<string>();

  async function note(txn: string, name: string, because: string): Promise<void> {
    const key = `${txn}/${name}`;
    if (recorded.has(key)) return;
    const { approvals } = await manager.load(txn);
    if (!approvals.some((approval) => approval.name === name)) {
      await manager.approve({ name, by: userInfo().username, why: because }, txn);
    }
    recorded.add(key);
  }

  return {
    async permit(txn, plan) {
      const { text: symbol } = plan.binding.locator.handle.connector.channel.address.symbol;
      const because = given.get(symbol);
      // whoever carries the saga on after a crash finds it there
      if (because !== undefined) await note(txn, symbol, because);
      return permit(plan, { confirmed: because && symbol, approval: txn }, alone(app));
    },
    async record(txn) {
      for (const [symbol, because] of given) await note(txn, symbol, because);
    },
  };
}

/** What `--confirm` allows, where nobody is asked. */
export function confirmed(args: Arguments): Given {
  const symbol = args.value("confirm");
  const because = `confirmed with --confirm by ${userInfo().username}`;
  return new Map(symbol === undefined ? [] : [[symbol, because]]);
}

/** Nobody is asked while steps run. */
function alone(app: App): App {
  return { ...app, isInteractive: () => false };
}

/** Each endpoint, with the first command that is known before it runs. */
function endpointsOf(
  steps: readonly SagaNode[],
  target: string,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const node of steps) {
    const calls = node.type === "step" ? [node, ...(node.compensate ? [node.compensate] : [])] : [];
    for (const { action, data } of calls) {
      const symbol = symbolOf(data, target);
      if (action === "shell" && symbol !== undefined && !found.has(symbol)) {
        found.set(symbol, commandOf(data));
      }
    }
    const inner = "steps" in node ? endpointsOf(node.steps, target) : [];
    for (const [symbol, command] of inner) if (!found.has(symbol)) found.set(symbol, command);
  }
  return found;
}

function symbolOf(data: unknown, target: string): string | undefined {
  const on = fieldOf(data, "on");
  if (on === undefined) return target;
  return typeof on === "string" ? on : undefined; // known only when it runs, and then looked at
}

function commandOf(data: unknown): readonly string[] {
  const run = fieldOf(data, "run");
  if (typeof run === "string") return ["sh", "-c", run];
  return Array.isArray(run) ? run.map((word) => (typeof word === "string" ? word : "…")) : ["…"];
}

function fieldOf(data: unknown, key: string): unknown {
  return typeof data === "object" && data !== null ? Reflect.get(data, key) : undefined;
}
