import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";

const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** Whether tests that need nginx are left out: there is none, and none is demanded. */
export const NGINX_MISSING: boolean =
  spawnSync("nginx", ["-v"], { env: { ...process.env, PATH } }).error !== undefined &&
  process.env["TETRA_REQUIRE_TOOLS"] !== "1";

/** Starts an nginx of the test's own. @returns the path of its configuration. */
export async function startNginx(root: string): Promise<string> {
  const folder = join(root, "own nginx");
  mkdirSync(folder);
  const conf = join(folder, "nginx.conf");
  const log = join(folder, "error.log");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path "${folder}/${name}";`,
  );
  writeFileSync(
    conf,
    `daemon off; pid "${folder}/pid"; error_log "${log}" notice;
${process.getuid?.() === 0 ? "user root;" : ""}
events {}
http {
  access_log off;
  ${temporary.join(" ")}
}
`,
  );
  const child = spawn("nginx", ["-c", conf, "-e", log], {
    env: { ...process.env, PATH },
    stdio: "ignore",
  });
  onTestFinished(() => end(child));
  await expect
    .poll(() => existsSync(log) && readFileSync(log, "utf8"), { timeout: 20_000 })
    .toContain("start worker process");
  return conf;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
