import { selectServices } from "@tetra/tsm/launch";
import { observeIfReadable, type Services } from "@tetra/tsm";

/** The services that words mean, each once. @throws TetraError `SERVICE_NOT_FOUND`, `AMBIGUOUS_SERVICE` */
export function selectedServices(services: Services, words: readonly string[]): readonly string[] {
  const names = services.names();
  // numbers may be an id; anything else that is a name means just that
  if (words.every((word) => names.includes(word) && !/^\d+$/.test(word)))
    return [...new Set(words)];
  return selectServices(
    words,
    names.map((name) => {
      const service = observeIfReadable(services, name);
      if (service === undefined) return { name }; // what is broken can be named, to be told so
      const { tsm_id: id, port, org, group } = service.meta;
      return { name, id, pid: service.observed.main?.pid, port, org, group };
    }),
  );
}
