import { nodeFileSystem } from "@tetra/durable-fs";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import process from "node:process";
import { answerRequest } from "./answer-request.ts";
import type { KnownFunctions } from "./functions.ts";
import { openPipes } from "./pipes.ts";
import { lookAtProcess, umaskOf } from "./process-look.ts";
import { requestReader } from "./request.ts";
import { serve, type Service } from "./serve.ts";

/**
 * Carries functions out for a shell, until it is gone.
 *
 * - `--serve [PID TOKEN]`: the pipes are open as 3 (requests), 4 (answers), 5 (turn) and 6 (bell); PID has the
 *   turn, with TOKEN
 * - `--once`: reads one request, writes its answer
 */
export async function runHelper(
  [how, pid, token]: readonly string[],
  functions: KnownFunctions,
): Promise<void> {
  const holder = pid === undefined || token === undefined ? undefined : { pid: Number(pid), token };
  await (how === "--once" ? once(functions) : serveShell(functions, holder));
  await functions.close();
}

/** One call, for a shell that has no pipes; this process has the umask of the shell. */
async function once(functions: KnownFunctions): Promise<void> {
  const umask = process.umask();
  for (const request of requestReader().push(readFileSync(0))) {
    const bytes = await answerRequest({ functions, umaskOf: () => umask }, request);
    for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
  }
}

async function serveShell(functions: KnownFunctions, holder: Service["holder"]): Promise<void> {
  // the helper lives as long as its shell, whatever a key or a terminal that is closed says
  for (const signal of ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTSTP"]) process.on(signal, () => {});
  const pipes = openPipes({ requests: 3, answers: 4, turn: 5, bell: 6 });
  // no folder is kept from being unmounted
  process.chdir("/");
  // several may be started when one was killed; the lock dies with its process
  const isOnly = nodeFileSystem().tryLock(pipes.lockable, { offset: 0, length: 1 });
  if (isOnly) {
    // what a helper that was killed has left: whoever asked was told
    pipes.dropRequests();
    pipes.dropAnswers();
    pipes.dropRings();
  }
  writeSync(1, "ready");
  // the shell waits for the end of this
  for (const fd of [1, 2]) {
    closeSync(fd);
    openSync("/dev/null", "w");
  }
  if (!isOnly) return;
  await serve({
    pipes,
    answer: (request) => answerRequest({ functions, umaskOf }, request),
    holder,
    number: process.pid,
    look: lookAtProcess,
    nowMs: () => performance.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });
}
