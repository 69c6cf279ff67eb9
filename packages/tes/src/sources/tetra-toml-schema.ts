import * as z from "zod/mini";
import type { EndpointType, WriteRights } from "./endpoint-fields.ts";
import { type EntryKeys, entrySchema, symbolKey } from "./entry-schema.ts";

/** Properties of an environment that every section may have. */
interface EnvironmentProperties {
  readonly description?: string;
  /** Which network it is in; free text. */
  readonly network?: string;
  /** What may be changed there. Without it, `@prod` is `confirm` and all others are `allowed`. */
  readonly write?: WriteRights;
  /** Whether what is done there must be recorded in a transaction. */
  readonly audit?: boolean;
}

/** `[symbols] "@dev" = {…}`: where it is. */
export interface SymbolSection extends EnvironmentProperties {
  readonly address?: string;
  /** `local`, a connector's type, or whatever else the organisation notes here. */
  readonly type?: string;
}

/** `[connectors] "@dev" = {…}`: how to log in. */
export interface ConnectorSection extends EnvironmentProperties {
  readonly type?: EndpointType;
  readonly host?: string;
  /** Who logs in; absent: the work user does. */
  readonly auth_user?: string;
  /** Who acts. */
  readonly work_user?: string;
  /** The private key; absent: whichever the ssh configuration says. */
  readonly auth_key?: string;
  readonly port?: number;
  /** `user@host:port` to go through, several with commas between. */
  readonly jump?: string;
  readonly container?: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly context?: string;
}

/** `[environments.dev]`. Of the addresses, the first in this order counts. */
export interface EnvironmentSection extends EnvironmentProperties {
  /** The symbol; absent: `@` and the name of the section. */
  readonly symbol?: string;
  /** `local`, `remote`, or a connector's type. */
  readonly type?: string;
  readonly ssh_host?: string;
  readonly host?: string;
  readonly address?: string;
  readonly server_ip?: string;
  readonly floating_ip?: string;
  readonly private_ip?: string;
  readonly ssh_auth_user?: string;
  readonly ssh_work_user?: string;
  /** Who logs in and acts, or who logs in where `ssh_work_user` acts. */
  readonly user?: string;
  readonly ssh_key?: string;
  readonly ssh_port?: number;
  readonly ssh_jump?: string;
  /** `false`: it cannot be reached by ssh. */
  readonly ssh_enabled?: boolean;
  readonly container?: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly context?: string;
}

/** The sections of a `tetra.toml` that endpoints come from. All others are passed over. */
export interface TetraToml {
  readonly symbols?: Readonly<Record<string, SymbolSection>>;
  readonly connectors?: Readonly<Record<string, ConnectorSection>>;
  readonly environments?: Readonly<Record<string, EnvironmentSection>>;
  /** Object storage. It holds secrets: never read, never printed. */
  readonly storage?: Readonly<Record<string, object>>;
}

const PROPERTIES: EntryKeys = {
  description: "text",
  network: "text",
  write: "write rights",
  audit: "yes or no",
};
const CONTAINER: EntryKeys = {
  container: "word",
  pod: "word",
  namespace: "word",
  context: "word",
};
const SYMBOL: EntryKeys = { address: "word", type: "text", ...PROPERTIES };
const CONNECTOR: EntryKeys = {
  type: "endpoint type",
  host: "word",
  auth_user: "word",
  work_user: "word",
  auth_key: "text",
  port: "port",
  jump: "word",
  ...CONTAINER,
  ...PROPERTIES,
};
const ENVIRONMENT: EntryKeys = {
  symbol: "symbol",
  type: "text",
  ssh_host: "word",
  host: "word",
  address: "word",
  server_ip: "word",
  floating_ip: "word",
  private_ip: "word",
  ssh_auth_user: "word",
  ssh_work_user: "word",
  user: "word",
  ssh_key: "text",
  ssh_port: "port",
  ssh_jump: "word",
  ssh_enabled: "yes or no",
  ...CONTAINER,
  ...PROPERTIES,
};

/** Keys of each section that are known; some the original noted without needing them to connect. */
export const SECTION_KEYS: Readonly<
  Record<"symbols" | "connectors" | "environments", readonly string[]>
> = {
  symbols: [...Object.keys(SYMBOL), "droplet"],
  connectors: Object.keys(CONNECTOR),
  environments: [
    ...Object.keys(ENVIRONMENT),
    "domain",
    "url",
    "app_port",
    "node_env",
    "droplet_id",
    "droplet_name",
  ],
};

const message = "must be a table";
const section = <Entry>(key: z.ZodMiniType<string, string>, keys: EntryKeys) =>
  z.exactOptional(z.record(key, entrySchema<Entry>(keys, { message }), message));

/** The sections; loose, because organisations have more of them. */
export const tetraToml: z.ZodMiniType<TetraToml> = z.looseObject({
  symbols: section<SymbolSection>(symbolKey, SYMBOL),
  connectors: section<ConnectorSection>(symbolKey, CONNECTOR),
  environments: section<EnvironmentSection>(z.string(), ENVIRONMENT),
  storage: section<object>(z.string(), {}),
});

/** The JSON Schema of the sections of `tetra.toml` that endpoints come from. */
export function tetraTomlJsonSchema(): z.core.JSONSchema.BaseSchema {
  return { ...z.toJSONSchema(tetraToml, { io: "input" }), title: "Tetra tetra.toml" };
}
