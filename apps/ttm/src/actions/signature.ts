import type { Action } from "./action.ts";

/** `deploy:staging(artifact) -> release tes(@staging:write→handle)` */
export function signatureOf(action: Action): string {
  const { name, inputs, output, tes } = action;
  return [
    `${name}(${inputs.join(", ")})`,
    ...(output === undefined ? [] : ["->", output]),
    ...(tes === undefined ? [] : [`tes(${tes.target}:${tes.operation}→${tes.requires})`]),
  ].join(" ");
}
