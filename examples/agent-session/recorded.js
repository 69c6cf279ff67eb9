// The session as it stands in the documentation, between two marks.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const PAGE = join(import.meta.dirname, "../../docs/agents.md");
const MARKED =
  /(<!-- recorded: examples\/agent-session -->\n\n```text\n)([\s\S]*?)(```\n\n<!-- end -->)/u;

/** Plays the session. @returns {Promise<string>} what was said */
export async function played() {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(import.meta.dirname, "start.js"),
  ]);
  return stdout;
}

/** @returns {string} the session that the page has */
export function written() {
  const [, , session = ""] = MARKED.exec(readFileSync(PAGE, "utf8")) ?? [];
  return session;
}

/** Puts a session into the page. @param {string} session */
export function write(session) {
  const page = readFileSync(PAGE, "utf8");
  writeFileSync(
    PAGE,
    page.replace(MARKED, (_all, head, _old, tail) => `${head}${session}${tail}`),
  );
}

/** A session without what is another one each time. @param {string} session */
export function timeless(session) {
  return session
    .replaceAll(/\d{8}T\d{6}(?:-\d+)?/gu, "TIME")
    .replaceAll(/PID: \d+/gu, "PID: 1")
    .replaceAll(/(shop-|[Pp]ort:? |--port )\d{4,5}/gu, "$1PORT");
}
