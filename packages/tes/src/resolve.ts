import type { Endpoints } from "./endpoints.ts";
import type { LevelName } from "./level.ts";
import { type AddressLevel, toAddress } from "./levels/address-level.ts";
import { type BindingLevel, type Deed, toBinding } from "./levels/binding-level.ts";
import { type ChannelLevel, toChannel } from "./levels/channel-level.ts";
import { type ConnectorLevel, toConnector } from "./levels/connector-level.ts";
import { type HandleLevel, type HandleTest, toHandle } from "./levels/handle-level.ts";
import { type LocatorLevel, toLocator } from "./levels/locator-level.ts";
import { type PlanLevel, toPlan } from "./levels/plan-level.ts";
import { type SymbolLevel, toSymbol } from "./levels/symbol-level.ts";
import type { EndpointFlags } from "./sources/flags.ts";

/** The value of each level; each holds the one below it. */
export interface LevelValues {
  readonly symbol: SymbolLevel;
  readonly address: AddressLevel;
  readonly channel: ChannelLevel;
  readonly connector: ConnectorLevel;
  readonly handle: HandleLevel;
  readonly locator: LocatorLevel;
  readonly binding: BindingLevel;
  readonly plan: PlanLevel;
}

/** What a symbol is resolved with. */
export interface ResolveOptions {
  readonly endpoints: Endpoints;
  /** Values that go before every file. */
  readonly flags?: EndpointFlags;
  /** From the locator on: where. For `execute` the folder; by default the home of who acts, here the current folder. */
  readonly path?: string;
  /** From the binding on: what is done. By default it is read. */
  readonly deed?: Deed;
  /** A test of the connector that was made before. */
  readonly test?: HandleTest;
  /** Whoever runs this: for `~` in identity files and local paths, and as the user of `@local`. */
  readonly self?: Self;
}

/** Whoever runs this. */
export interface Self {
  readonly home?: string;
  readonly user?: string;
}

/**
 * Climbs from a symbol to a level. Pure: nothing is read or connected to.
 * @throws TetraError `INVALID_SYMBOL`, `FOREIGN_SYMBOL`, `UNKNOWN_SYMBOL`, `UNRESOLVED`, `INVALID_TEXT`
 */
export function resolve<Level extends LevelName>(
  symbol: string,
  { level, ...options }: ResolveOptions & { readonly level: Level },
): LevelValues[Level] {
  let last: LevelValues[LevelName] | undefined;
  for (const reached of climb(symbol, options)) {
    last = reached;
    if (reached.level === level) break;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the ladder has every level once and throws where it cannot go on: what was reached is what was asked
  return last as LevelValues[Level];
}

/** Every level, one after another, for as long as it is asked for more. */
export function* climb(
  text: string,
  { endpoints, flags = {}, path, deed = { operation: "read" }, test, self = {} }: ResolveOptions,
): Generator<LevelValues[LevelName]> {
  const symbol = toSymbol(text, endpoints, flags);
  yield symbol;
  const address = toAddress(symbol);
  yield address;
  const channel = toChannel(address, endpoints.sshConfig, self.user);
  yield channel;
  const connector = toConnector(channel, self.home);
  yield connector;
  const handle = toHandle(connector, test);
  yield handle;
  const locator = toLocator(
    handle,
    path ?? (deed.operation === "execute" ? "." : undefined),
    self.home,
  );
  yield locator;
  const binding = toBinding(locator, deed);
  yield binding;
  yield toPlan(binding);
}

/** What {@link plan} does where. */
export type PlanOptions = Omit<ResolveOptions, "deed"> & Deed;

/**
 * Resolves a symbol to a command that is ready to run.
 * @throws TetraError as {@link resolve}
 */
export function plan(symbol: string, options: PlanOptions): PlanLevel {
  return resolve(symbol, { ...options, deed: options, level: "plan" });
}
