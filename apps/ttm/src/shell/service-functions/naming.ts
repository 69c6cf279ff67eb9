import { observeIfReadable, originalStatus } from "@tetra/tsm";
import { serviceAt } from "./service-at.ts";
import { refused, value, whether } from "./service-answer.ts";
import { argument, type ServiceFunction } from "./service-caller.ts";

// Ids and names of services, as the original's section 4 has them for scripts: digits are an id and nothing
// else, other text is a whole name, or a part of exactly one. (The commands of tsm understand more.)

/** `tetra_tsm_get_next_id`: the lowest that nobody has, kept from others until the patrol comes. */
export const nextId: ServiceFunction = async ({ services }) => value(await services.reserveId());

/** `tetra_tsm_is_running <name>`, `tsm_process_exists <name>` */
export const isRunning: ServiceFunction = async (caller) => {
  const service = serviceAt(caller, argument(caller, 0) ?? "");
  return whether(service !== undefined && originalStatus(service.observed.state) === "online");
};

/** `tetra_tsm_id_to_name <id>` */
export const idToName: ServiceFunction = async ({ call, services }) => {
  const id = call.args[0] ?? "";
  const name = isDigits(id) ? services.nameOf(Number(id)) : undefined;
  return name === undefined ? whether(false) : value(name);
};

/** `tetra_tsm_resolve_to_id <name or id>` */
export const resolveToId: ServiceFunction = async (caller) => {
  const { services } = caller;
  const word = argument(caller, 0) ?? "";
  if (isDigits(word)) {
    return services.nameOf(Number(word)) === undefined ? whether(false) : value(Number(word));
  }
  const names = word === "" ? [] : services.names().filter((name) => name.includes(word));
  const fitting = names.includes(word) ? [word] : names;
  const found = fitting.flatMap((name) => {
    const id = observeIfReadable(services, name)?.meta.tsm_id;
    return id === undefined ? [] : [{ id, name }];
  });
  const [first, ...others] = found;
  if (first === undefined) return whether(false);
  if (others.length === 0) return value(first.id);
  const candidates = found.map(({ id, name }) => `  ${id}: ${name}`);
  return refused(1, `tsm: ambiguous name '${word}', matches:`, ...candidates);
};

function isDigits(word: string): boolean {
  return /^[0-9]{1,15}$/.test(word);
}
