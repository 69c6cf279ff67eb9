import { mkdtempSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { nodeFileSystem } from "@tetra/durable-fs";
import { onTestFinished } from "vitest";
import type { ConfigPlace } from "../src/config-folder.ts";
import { writeHttpSettings } from "../src/http/config-file.ts";
import { type Gateway, openGateway } from "../src/http/gateway.ts";
import type { GatewayState } from "../src/http/gateway-words.ts";
import { SESSION_LIMITS, type SessionLimits } from "../src/http/sessions.ts";
import type { HttpSettings } from "../src/http/settings.ts";
import { addToken } from "../src/tokens/token-file.ts";
import { digestOf, newSecret, type Token } from "../src/tokens/token.ts";

const SOME_MCP = join(import.meta.dirname, "fixtures/some-mcp.mjs");

/** What a gateway under test is opened with. */
export interface Wanted {
  readonly limits?: Partial<SessionLimits>;
  readonly settings?: Partial<HttpSettings>;
  /** Whether it is not to listen for anybody but the daemon. */
  readonly isOff?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
  /** In place of that server. */
  readonly ttm?: readonly string[];
}

/** A gateway in this process, with a server that does what it is asked to. It ends with the test. */
export interface GatewayBox {
  readonly root: string;
  readonly place: ConfigPlace;
  readonly gateway: Gateway;
  /** Its first address. */
  readonly url: URL;
  readonly socket: string;
  readonly state: () => GatewayState;
  /** What it said for people. */
  readonly said: readonly string[];
  /** The time it is, for the gateway. */
  readonly clock: { now: number };
  /** Makes a token. */
  readonly token: (name: string, more?: Partial<Token>) => Promise<string>;
  /** A client that is connected. */
  readonly client: (secret: string) => Promise<Client>;
  /** How many servers have begun and not ended. */
  readonly servers: () => number;
  /** How many lines that begin with a word servers have written down. */
  readonly noted: (word: string) => number;
}

/** Opens one. */
export async function gatewayBox(wanted: Wanted = {}): Promise<GatewayBox> {
  const root = mkdtempSync(join(tmpdir(), "tetrad-http-"));
  const place = { fs: nodeFileSystem(), tetraDir: root };
  const told = join(root, "told");
  const said: string[] = [];
  const clock = { now: Date.now() };
  const socket = join(root, "m");
  let state: GatewayState = { urls: [], sessions: 0 };
  mkdirSync(join(root, "tsm/runtime/daemon"), { recursive: true });
  const settings = { port: 0, hosts: [], behindProxy: false, ...wanted.settings };
  await writeHttpSettings(place, wanted.isOff === true ? undefined : settings);
  const gateway = await openGateway({
    tetraDir: root,
    socket,
    ttm: wanted.ttm ?? [process.execPath, SOME_MCP],
    environment: { PATH: process.env["PATH"], TOLD: told, ...wanted.environment },
    now: () => clock.now,
    limits: { ...SESSION_LIMITS, ...wanted.limits },
    onState: (news) => (state = news),
    say: (text) => said.push(text),
    onUnused: () => said.push("unused"),
    unusedMs: 50,
  });
  onTestFinished(async () => {
    await gateway.close();
    rmSync(root, { recursive: true, force: true });
  });
  const url = new URL(state.urls[0] ?? "http://nowhere.invalid/mcp");
  return {
    root,
    place,
    gateway,
    url,
    socket,
    state: () => state,
    said,
    clock,
    async token(name, more = {}) {
      const secret = newSecret();
      const token = { name, sha256: digestOf(secret), mode: "operate" as const };
      await addToken(place, { ...token, createdAtMs: clock.now, ...more });
      return secret;
    },
    client: (secret) => connect(url, secret),
    servers: () => noted("begun") - noted("ended"),
    noted,
  };

  function noted(word: string): number {
    const lines = readFileSync(told, { encoding: "utf8", flag: "a+" }).split("\n");
    return lines.filter((line) => line.startsWith(`${word} `)).length;
  }
}

/** Connects the SDK's client, which leaves when the test ends. */
export async function connect(url: URL, secret: string): Promise<Client> {
  const client = new Client(
    { name: "test", version: "1.0.0" },
    { capabilities: { elicitation: {} } },
  );
  onTestFinished(() => client.close());
  await client.connect(transportTo(url, secret));
  return client;
}

/** The SDK's transport. */
export function transportTo(url: URL, secret: string): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { authorization: `Bearer ${secret}` } },
  });
}

/** Calls a tool; the text that it answers with. */
export async function call(
  client: Client,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  const [first] = Array.isArray(content) ? content : [];
  return first?.type === "text" ? first.text : "";
}

/** What a client without the SDK sends. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Sends a request as a client without the SDK does. */
export function send(url: URL, secret: string, sent: Sent = {}): Promise<Response> {
  const { method = "POST", headers = {}, body } = sent;
  return fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${secret}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The message that begins a session. */
export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1.0.0" },
  },
} as const;

/** Begins a session without the SDK. @returns its id, as headers */
export async function begin(url: URL, secret: string): Promise<Readonly<Record<string, string>>> {
  const response = await send(url, secret, { body: INITIALIZE });
  await response.text();
  const id = response.headers.get("mcp-session-id");
  if (response.status !== 200 || id === null) throw new Error(`answered ${response.status}`);
  return { "mcp-session-id": id };
}

/** A call of a tool, as a message. */
export function callOf(
  id: number,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): object {
  const params = { name, arguments: args, _meta: { progressToken: id } };
  return { jsonrpc: "2.0", id, method: "tools/call", params };
}
