import { join } from "node:path";
import { TetraError } from "@tetra/errors";
import { daemonClient, type HttpStatus, startDaemon } from "@tetra/tsm/supervisor";
import type { TetradRun } from "../app.ts";
import type { TetradErrorCode } from "../errors.ts";
import { askedSettings } from "../http/asked-settings.ts";
import { servedAt } from "../http/told-status.ts";

/** `tetrad start` */
export const run: TetradRun = async (
  args,
  { out, err, tetraDir, config, program, env, cwd, now },
) => {
  const root = tetraDir();
  const folder = join(root, "tsm");
  const asked = askedSettings(args, cwd());
  if (asked.type !== "as it is") {
    const { rememberHttp } = await import("../http/remember-http.ts");
    await rememberHttp(config(), asked, now());
  }
  const { status, isNew } = await startDaemon(folder, { tetradPath: program, environment: env });
  const http =
    asked.type === "as it is" ? status.http : await httpOf(folder, isNew ? "GET" : "POST");
  const { http: _, ...told } = status;
  if (args.has("json")) {
    out.json({ ...told, ...(http === undefined ? {} : { http }), started: isNew });
  } else {
    out.print(`tetrad ${isNew ? "started" : "runs already"} (pid ${status.pid})`);
    if (http !== undefined && http.urls.length > 0) out.print(`agents: ${servedAt(http)}`);
  }
  if (asked.type !== "on") return;
  if (http?.problem !== undefined) {
    throw new TetraError<TetradErrorCode>("HTTP_NOT_SERVED", http.problem, {
      hint: "services are looked after all the same, and it is tried again; or give it up: tetrad start --no-http",
      details: { http },
    });
  }
  const { readTokens } = await import("../tokens/token-file.ts");
  if (readTokens(config()).length === 0)
    err.print("make a token for them: tetrad token create NAME");
};

/** How serving agents goes, once that is known; `POST`: after beginning anew. */
async function httpOf(folder: string, method: "GET" | "POST"): Promise<HttpStatus | undefined> {
  const daemon = daemonClient(folder);
  await daemon.ask(method, "/v1/http");
  return (await daemon.status()).http;
}
