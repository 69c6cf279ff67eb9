import { constants } from "node:os";
import { DEFAULT_POLICY, type RestartPolicy } from "../supervise/restart-policy.ts";
import type { LaunchRequest } from "./launch-request.ts";
import { countOption, durationOption, invalidOption, wordOption } from "./option-values.ts";
import { ifStated, stated } from "./stated.ts";

const RESTARTS = ["no", "on-failure", "always"] as const;

/**
 * The restart policy that was asked for, over that of the definition; `undefined`: nobody said anything.
 * A limit or a wait alone means `on-failure`.
 * @throws TetraError `INVALID_OPTION`
 */
export function restartPolicyOf(request: LaunchRequest): RestartPolicy | undefined {
  const { restart, maxRestarts, backoff, success, service } = request;
  const base = service?.restartPolicy;
  if ([restart, maxRestarts, backoff, success].every((option) => option === undefined)) return base;
  const speaksOfRestarts = maxRestarts !== undefined || backoff !== undefined;
  const policy = base ?? {
    ...DEFAULT_POLICY,
    restart: speaksOfRestarts ? "on-failure" : DEFAULT_POLICY.restart,
  };
  return {
    ...policy,
    ...stated({
      restart: ifStated(restart, (word) => wordOption("--restart", word, RESTARTS)),
      maxRestarts: ifStated(maxRestarts, (count) => countOption("--max-restarts", count, 0)),
    }),
    ...ifStated(backoff, (text) => backoffOf(text, policy)),
    ...ifStated(success, successOf),
  };
}

function backoffOf(
  backoff: string | number,
  { maxBackoffMs }: RestartPolicy,
): Pick<RestartPolicy, "backoffMs" | "maxBackoffMs"> {
  const [first = "", most] = typeof backoff === "string" ? backoff.split(",") : [backoff];
  const backoffMs = durationOption("--backoff", first);
  const longest =
    most === undefined ? Math.max(maxBackoffMs, backoffMs) : durationOption("--backoff", most);
  if (longest < backoffMs) {
    throw invalidOption("--backoff", backoff, "write the first wait, then the longest: 100ms,30s");
  }
  return { backoffMs, maxBackoffMs: longest };
}

function successOf(text: string): Pick<RestartPolicy, "successCodes" | "successSignals"> {
  const words = text.split(",").map((word) => word.trim());
  const isCode = (word: string): boolean => /^[0-9]{1,3}$/.test(word) && Number(word) < 256;
  const codes = words.filter((word) => isCode(word));
  const signals = words.filter((word) => !isCode(word));
  return {
    successCodes: [...new Set([0, ...codes.map(Number)])],
    successSignals: signals.map((word) => signalOption("--success", word)),
  };
}

/** A signal by its name, with or without `SIG`. @throws TetraError `INVALID_OPTION` */
export function signalOption(option: string, value: string): NodeJS.Signals {
  const name = value.toUpperCase().replace(/^(?!SIG)/, "SIG");
  if (isSignal(name)) return name;
  throw invalidOption(option, value, "name a signal, such as SIGTERM or INT");
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}
