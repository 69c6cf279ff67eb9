import { formatSession, type Session, visible } from "@tetra/rag-adapter";
import { data } from "../transaction-functions/answer.ts";
import { orMissing, page } from "./answer-flow.ts";
import { argument, type FlowFunction, sessionsNow } from "./flow-caller.ts";

/** `session_active` */
export const active: FlowFunction = async (caller) => {
  const id = await (await sessionsNow(caller)).active();
  return data(id === undefined ? "" : `${id}\n`);
};

/** `generate_session_id <description>` */
export const generateId: FlowFunction = async (caller) =>
  data(`${(await sessionsNow(caller)).newId(caller.call.args[0] ?? "")}\n`);

/** `session_create <description>` */
export const create: FlowFunction = async (caller) => {
  const sessions = await sessionsNow(caller);
  const { session_id, description } = await sessions.create(caller.call.args[0] ?? "");
  return page([
    `Session created: ${session_id}`,
    `Description: ${visible(description)}`,
    `Directory: ${visible(`${sessions.folder}/${session_id}`)}`,
    session_id,
  ]);
};

/** `session_state [id]` */
export const state: FlowFunction = async (caller) => {
  const given = argument(caller, 0);
  return missing(given, async () =>
    data(formatSession(await (await sessionsNow(caller)).state(given))),
  );
};

/** `session_add_flow <flow> [session]` */
export const addFlow: FlowFunction = async (caller) => {
  const flow = caller.call.args[0] ?? "";
  const given = argument(caller, 1);
  return missing(given, async () => {
    const { session_id } = await (await sessionsNow(caller)).addFlow(flow, given);
    return page([`Added flow to session ${visible(session_id)}: ${visible(flow)}`]);
  });
};

/** `session_list` */
export const list: FlowFunction = async (caller) => {
  const sessions = await sessionsNow(caller);
  const current = await sessions.active();
  const all = await sessions.list();
  if (all.length === 0) return page(["No sessions found"]);
  return page([
    "Sessions:",
    ...all.map(({ session_id, flows, description }) => {
      const mark = session_id === current ? "→" : " ";
      const count = `${String(flows.length).padStart(3)} flow(s)`;
      return `${mark} ${visible(session_id).padEnd(40)}  ${count}  ${visible(description)}`;
    }),
  ]);
};

/** `session_resume <id>` */
export const resume: FlowFunction = async (caller) => {
  const id = caller.call.args[0] ?? "";
  return missing(id, async () => {
    const session = await (await sessionsNow(caller)).resume(id);
    return page([`Resuming session: ${visible(id)}`, ...facts(session)]);
  });
};

/** `session_status [id]` */
export const status: FlowFunction = async (caller) => {
  const given = argument(caller, 0);
  return missing(given, async () => {
    const session = await (await sessionsNow(caller)).state(given);
    return page([`Session: ${visible(session.session_id)}`, ...facts(session)]);
  });
};

function facts({ description, created_at, last_active, tags, flows }: Session): readonly string[] {
  return [
    `Description: ${visible(description)}`,
    `Created: ${visible(created_at)}`,
    `Last active: ${visible(last_active)}`,
    ...(tags.length === 0 ? [] : [`Tags: ${tags.map(visible).join(", ")}`]),
    "Flows:",
    ...(flows.length === 0 ? ["  (none)"] : flows.map((flow) => `  ${visible(flow)}`)),
  ];
}

function missing(
  id: string | undefined,
  run: () => ReturnType<FlowFunction>,
): ReturnType<FlowFunction> {
  return orMissing(run, `Error: Session not found: ${id ?? ""}`);
}
