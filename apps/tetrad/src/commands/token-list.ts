import { formatDuration, relativeTime, table } from "@tetra/cli-kit";
import type { TetradRun } from "../app.ts";
import { readTokens } from "../tokens/token-file.ts";
import { readUses } from "../tokens/token-uses.ts";
import type { Token } from "../tokens/token.ts";

/** `tetrad token list` */
export const run: TetradRun = async (args, { out, tetraDir, config, now }) => {
  const uses = readUses(tetraDir());
  const tokens = readTokens(config()).map((token) => ({ token, usedAtMs: lastUse(token, uses) }));
  if (args.has("json")) {
    out.json({ tokens: tokens.map(({ token, usedAtMs }) => asJson(token, usedAtMs)) });
    return;
  }
  if (tokens.length === 0) {
    out.print("no tokens; tetrad token create NAME makes one");
    return;
  }
  const ago = (atMs: number | undefined): string =>
    atMs === undefined ? "never" : relativeTime(atMs, now());
  const rows = tokens.map(({ token, usedAtMs }) => {
    const { name, mode, createdAtMs, policy = "-" } = token;
    return [name, mode, ago(createdAtMs), expiry(token, now()), ago(usedAtMs), policy];
  });
  const heads = ["NAME", "MODE", "CREATED", "EXPIRES", "LAST USED", "POLICY"];
  out.printAll(table([heads, ...rows], { columns: out.columns }));
};

function expiry({ expiresAtMs }: Token, nowMs: number): string {
  if (expiresAtMs === undefined) return "never";
  if (expiresAtMs <= nowMs) return `expired ${relativeTime(expiresAtMs, nowMs)}`;
  return `in ${formatDuration(expiresAtMs - nowMs)}`;
}

/** A use from before it was created is one of another token that had its name. */
function lastUse(
  { name, createdAtMs }: Token,
  uses: ReadonlyMap<string, number>,
): number | undefined {
  const atMs = uses.get(name);
  return atMs !== undefined && atMs >= createdAtMs ? atMs : undefined;
}

function asJson(token: Token, usedAtMs: number | undefined): object {
  const { name, mode, policy, createdAtMs, expiresAtMs } = token;
  return {
    name,
    mode,
    policy,
    created_at_ms: createdAtMs,
    expires_at_ms: expiresAtMs,
    last_used_at_ms: usedAtMs,
  };
}
