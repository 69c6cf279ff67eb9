import type { NginxChange } from "@tetra/tsm/instances";
import type { App } from "../app.ts";

const WHAT_NGINX_DID: Readonly<Record<NginxChange["nginx"], string>> = {
  reloaded: "nginx has read it",
  unchanged: "nginx had nothing to read",
  down: "nginx does not run with this configuration",
};

/** Says what a change of nginx's files came to. */
export function tellChange({ out }: App, what: string, change: NginxChange): void {
  const message = `${what}; ${WHAT_NGINX_DID[change.nginx]}`;
  if (out.mode === "json") out.json({ success: true, message, data: change });
  else {
    out.printAll(change.changed.map((path) => [`  ${path}`]));
    out.print(message);
  }
}
