import { tomlTokens } from "./toml-tokens.ts";

/**
 * Puts in the commas that the original's connector tables leave out. Its reader wanted every key on its
 * own line, and people wrote
 *
 *     "@dev" = {
 *       auth_user = "root"
 *       work_user = "dev"
 *     }
 *
 * which no TOML allows. Lines stay what they are.
 */
export function withMissingCommas(text: string): string {
  const open: string[] = [];
  const insertAt: number[] = [];
  let endOfValue: number | undefined;
  let sawNewline = false;
  for (const { type, text: token, offset } of tomlTokens(text)) {
    if (type === "space" || type === "comment") continue;
    if (type === "newline") {
      sawNewline = true;
      continue;
    }
    const isSeparator = type === "punctuation" && [",", "}", "]"].includes(token);
    if (open.at(-1) === "{" && sawNewline && endOfValue !== undefined && !isSeparator) {
      insertAt.push(endOfValue);
    }
    if (type === "punctuation" && (token === "{" || token === "[")) open.push(token);
    if (type === "punctuation" && (token === "}" || token === "]")) open.pop();
    const isAfterValue = type !== "punctuation" || token === "}" || token === "]";
    endOfValue = isAfterValue ? offset + token.length : undefined;
    sawNewline = false;
  }
  return insertAt.reduceRight((result, at) => `${result.slice(0, at)},${result.slice(at)}`, text);
}
