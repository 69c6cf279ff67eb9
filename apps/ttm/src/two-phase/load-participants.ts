import { isTetraError, TetraError } from "@tetra/errors";
import type { Participant } from "@tetra/tts-core/two-phase-commit";
import type { TtmErrorCode } from "../errors.ts";
import { loadModule } from "../saga/load-module.ts";

const METHODS = ["prepare", "commit", "rollback", "recover"] as const;

/**
 * Loads `--participants`: a module that exports `participants`, an array or a function that resolves to one.
 * @throws TetraError `NOT_FOUND`, `INVALID_INPUT`
 */
export async function loadParticipants(file: string): Promise<readonly Participant[]> {
  const exported = await loadModule(file, "INVALID_INPUT");
  const { participants } = {
    ...(isObject(exported["default"]) ? exported["default"] : {}),
    ...exported,
  };
  const found: unknown = isMaker(participants) ? await made(participants, file) : participants;
  if (!Array.isArray(found)) throw refusal(file, "exports no array participants");
  return found.map((one: unknown, at) => {
    if (isParticipant(one)) return one;
    throw refusal(file, `participants[${at}] is no participant`);
  });
}

type Maker = () => unknown;

function isMaker(value: unknown): value is Maker {
  return typeof value === "function";
}

async function made(participants: Maker, file: string): Promise<unknown> {
  try {
    return await participants();
  } catch (cause) {
    const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new TetraError<TtmErrorCode>("INVALID_INPUT", `${file}: its participants: ${line}`, {
      hint: (isTetraError(cause) ? cause.hint : undefined) ?? "correct the module",
      details: { file },
      cause,
    });
  }
}

function isParticipant(value: unknown): value is Participant {
  return (
    isObject(value) &&
    typeof value["name"] === "string" &&
    METHODS.every((method) => typeof value[method] === "function")
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function refusal(file: string, problem: string): TetraError<TtmErrorCode> {
  return new TetraError("INVALID_INPUT", `${file}: ${problem}`, {
    hint: "export const participants = async () => [sqliteParticipant({ … })]",
    details: { file },
  });
}
