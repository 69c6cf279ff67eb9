import { fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

/** @typedef {{ pid: number | undefined, url: string, stop: () => Promise<void> }} ServiceProcess */

/**
 * Starts `server.mjs` of a folder and waits until it tells its port. What it prints goes to `service.log`
 * there. It ends with this process, however that dies.
 * @param {string} folder
 * @param {AbortSignal} signal gives up waiting.
 * @returns {Promise<ServiceProcess>}
 */
export async function startService(folder, signal) {
  const log = openSync(join(folder, "service.log"), "a");
  const child = fork("server.mjs", { cwd: folder, stdio: ["ignore", log, log, "ipc"] });
  closeSync(log);
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill();
    await exited;
  };
  const ended = exited.then(([status]) => {
    throw new Error(`the service ended with status ${status}: see ${folder}/service.log`);
  });
  try {
    const [{ port }] = await Promise.race([once(child, "message", { signal }), ended]);
    return { pid: child.pid, url: `http://127.0.0.1:${port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
