import type { ConfigPlace } from "../config-folder.ts";
import { readTokens } from "../tokens/token-file.ts";
import { isCurrent } from "../tokens/token.ts";
import type { Asked } from "./asked-settings.ts";
import { writeHttpSettings } from "./config-file.ts";
import { checkReach } from "./settings.ts";

/**
 * Writes down what was asked for, so that every daemon from now on does that.
 * @throws TetraError `HTTP_ADDRESS_REFUSED`, `CONFIG_INVALID`, `CONFIG_UNSAFE`
 */
export async function rememberHttp(place: ConfigPlace, asked: Asked, nowMs: number): Promise<void> {
  if (asked.type === "as it is") return;
  const settings = asked.type === "on" ? asked.settings : undefined;
  if (settings !== undefined) {
    const hasTokens = readTokens(place).some((token) => isCurrent(token, nowMs));
    checkReach(settings, { hasTokens });
  }
  await writeHttpSettings(place, settings);
}
