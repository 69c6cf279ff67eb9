import { TetraError } from "@tetra/errors";
import { countFrom, isRecord, textFrom, textsFrom, type Unchecked } from "../files/lenient.ts";
import type { LaunchErrorCode } from "./errors.ts";
import type { LaunchRequest } from "./launch-request.ts";

/** How a service was asked for, kept beside it so that a restart can plan it again. */
export interface LaunchOrigin {
  readonly request: LaunchRequest;
  /** The name that it has, whatever the plan would call it now. */
  readonly name: string;
  /** Which of its instances it is. */
  readonly instance?: number;
}

const KIND = "launch";

/** An origin as JSON. */
export function originOf(origin: LaunchOrigin): unknown {
  return { kind: KIND, ...origin };
}

/**
 * Reads what {@link originOf} wrote.
 * @throws TetraError `INVALID_ORIGIN`
 */
export function parseOrigin(origin: unknown): LaunchOrigin {
  const read = isRecord(origin) && origin["kind"] === KIND ? origin : undefined;
  const name = textFrom(read?.["name"]);
  const request = read?.["request"];
  const instance = countFrom(read?.["instance"]);
  if (name === undefined || !isRecord(request) || !isRequest(request)) {
    throw new TetraError<LaunchErrorCode>(
      "INVALID_ORIGIN",
      "how it was asked for cannot be understood",
      {
        hint: "start it anew with its command",
      },
    );
  }
  return { request, name, ...(instance === undefined ? {} : { instance }) };
}

/** Which definition a service was started from, as its request had it; `undefined`: from none. */
export function definitionIn(origin: unknown): unknown {
  const request = isRecord(origin) ? origin["request"] : undefined;
  const service = isRecord(request) ? request["service"] : undefined;
  return isRecord(service) ? service["definition"] : undefined;
}

/** What no request can be without; options are checked when it is planned. */
function isRequest(value: Unchecked): value is Unchecked & LaunchRequest {
  const { words, cwd, environment } = value;
  return (
    textsFrom(words) !== undefined &&
    typeof cwd === "string" &&
    isRecord(environment) &&
    Object.values(environment).every((one) => typeof one === "string")
  );
}
