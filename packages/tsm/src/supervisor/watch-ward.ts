import { isTetraError } from "@tetra/errors";
import { type Round, type Ward, wordsOf } from "./ward.ts";

/** Watches a service's journal, instead of what was watched of it before. */
export function watchWard(round: Round, ward: Ward): void {
  const { services } = round.ports;
  const { name } = ward;
  ward.unwatch?.();
  ward.unwatch = undefined;
  ward.isWatched = false;
  try {
    ward.unwatch = services.watch(name, () => round.look(ward));
    ward.isWatched = true;
    round.warnings.end(`watch ${name}`);
  } catch (error) {
    if (isTetraError(error, "SERVICE_NOT_FOUND")) awaitBirth(round, ward);
    else round.warnings.begin(`watch ${name}`, untold(name, error));
  }
}

function untold(name: string, error: unknown): string {
  return `${name}: cannot be watched, is looked at every second: ${wordsOf(error)}`;
}

/** Its folder is there, and what makes it a service is not yet. */
function awaitBirth(round: Round, ward: Ward): void {
  const { ports } = round;
  const lookForIt = (): void => {
    if (!round.isOurs(ward) || ward.isWatched || !isBorn(round, ward)) return;
    watchWard(round, ward);
    round.look(ward);
  };
  try {
    ward.unwatch = ports.watchFolder(ward.name, lookForIt);
  } catch (error) {
    ports.complain(`${ward.name}: ${wordsOf(error)}`); // it is gone already
  }
  lookForIt(); // it may have come between looking and watching
}

function isBorn({ ports }: Round, { name }: Ward): boolean {
  try {
    ports.services.observe(name);
    return true;
  } catch (error) {
    return !isTetraError(error, "SERVICE_NOT_FOUND");
  }
}
