// A scripted agent: what a model would decide is written down here, everything else is as with any agent. It
// talks to `ttm mcp` with the library's own client.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

/**
 * @typedef {{ id: string, phase: string, [field: string]: unknown }} Told
 * @typedef {(tool: string, input: Record<string, unknown>, text: string) => void} Heard
 */

/**
 * Starts a server and connects to it.
 * @param {{ command: string, cwd: string, env: Record<string, string>, heard: Heard }} how
 */
export async function connect({ command, cwd, env, heard }) {
  const transport = new StdioClientTransport({
    command,
    args: ["mcp", "--mode", "operate"],
    cwd,
    env,
  });
  const client = new Client({ name: "scripted-agent", version: "1.0.0" });
  await client.connect(transport);

  /**
   * Calls a tool.
   * @param {string} name @param {Record<string, unknown>} input
   * @returns {Promise<Told>} what it told; after a refusal, nothing but that
   */
  async function call(name, input) {
    const { content, structuredContent } = await client.callTool({ name, arguments: input });
    const [first] = content;
    heard(name, input, first?.type === "text" ? first.text : "");
    // the client has held it against the tool's own schema
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return /** @type {Told} */ (structuredContent ?? { id: "", phase: "refused" });
  }

  return { call, close: () => client.close() };
}

/**
 * The steps that put a release in place, each with what undoes it. They are undone last first, so what has to
 * happen last of all, the restart with the old release, stands first.
 * @param {string} version
 */
export function deployment(version) {
  return [
    { name: "before", run: ["readlink", "live"] },
    { name: "restart-at-last", run: ["true"], undo: { run: ["tsm", "restart", "shop"] } },
    {
      name: "unpack",
      run: ["cp", "-R", `incoming/${version}`, "releases"],
      undo: { run: ["rm", "-rf", `releases/${version}`] },
    },
    {
      name: "switch",
      run: ["ln", "-sfn", `releases/${version}`, "live"],
      undo: { run: ["ln", "-sfn", { result_of: "before" }, "live"] },
    },
    { name: "restart", run: ["tsm", "restart", "shop"] },
  ];
}

/** @param {string} version */
export function checks(version) {
  return [
    { name: "version", run: ["node", "check.js", "/version", version] },
    { name: "greeting", run: ["node", "check.js", "/", "hello"] },
  ];
}
