import type { McpServer } from "@modelcontextprotocol/server";
import type { App } from "../app.ts";
import type { Mode } from "./session.ts";
import { quietly, watchServices, watchTransactions } from "./watching.ts";

/** Tells a client of changes, from when it first wants to know. */
export interface Subscriptions {
  /** Told of every message of the client: some say what it wants to know. */
  readonly heard: (message: unknown) => void;
  /** The server that speaks to the client. */
  readonly attach: (server: McpServer) => void;
  readonly end: () => void;
}

/** Clients of before 2026 subscribe to one address after the other; more than that is no use. */
const MOST_SUBSCRIBED = 1000;

/** Makes subscriptions for one connection. */
export function subscriptions(app: App, mode: Mode): Subscriptions {
  const over = new AbortController();
  const subscribed = new Set<string>();
  let server: McpServer | undefined;
  let isModern = false;
  const begun = new Set<"transactions" | "services">();

  const watched = {
    signal: over.signal,
    updated(uri: string): void {
      // newer clients say what they want in one call, and the library keeps to that
      if (!isModern && !subscribed.has(uri)) return;
      server?.server.sendResourceUpdated({ uri }).catch(() => {}); // its end tells
    },
    listChanged(): void {
      server?.sendResourceListChanged();
    },
  };

  function begin(what: "transactions" | "services"): void {
    if (begun.has(what) || over.signal.aborted) return;
    begun.add(what);
    const watching =
      what === "services" ? watchServices(app, watched) : watchTransactions(app, mode, watched);
    quietly(app, watching).catch(() => {});
  }

  return {
    heard(message) {
      const [method, params] = [fieldOf(message, "method"), fieldOf(message, "params")];
      if (method === "notifications/initialized") begin("transactions");
      if (method === "subscriptions/listen") {
        isModern = true;
        begin("transactions");
        if ((JSON.stringify(params) ?? "").includes("tetra://services")) begin("services");
      }
    },
    attach(made) {
      server = made;
      made.server.setRequestHandler("resources/subscribe", ({ params: { uri } }) => {
        if (subscribed.size < MOST_SUBSCRIBED) subscribed.add(uri);
        begin(uri.startsWith("tetra://services") ? "services" : "transactions");
        return {};
      });
      made.server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
        subscribed.delete(uri);
        return {};
      });
    },
    end: () => over.abort(),
  };
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
