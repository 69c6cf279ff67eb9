import { action, actionRegistry, saga } from "@tetra/tts-core/saga";

/** @typedef {{ users: string, quotas: string, mails: string }} Services Where the three services are. */
/** @typedef {{ login: string, name: string, email: string }} Person */

/**
 * Changes a record of a service. The key makes the service do it once, however often it is asked.
 * @param {string} url
 * @param {"PUT" | "DELETE"} method
 * @param {{ record?: unknown, key: string, signal: AbortSignal }} request
 */
async function change(url, method, { record, key, signal }) {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: record === undefined ? null : JSON.stringify(record),
    signal,
  });
  if (!response.ok) throw new Error(await response.text());
}

/**
 * The actions, each with what undoes it.
 * @param {Services} services
 */
function actionsFor({ users, quotas, mails }) {
  const createUser = action(
    "create-user",
    /** @param {import("@tetra/tts-core/saga").ActionCall<Person>} call */
    async ({ data, idempotencyKey: key, signal }) => {
      await change(`${users}/${data.login}`, "PUT", { record: data, key, signal });
      return { id: data.login };
    },
  );
  const deleteUser = action(
    "delete-user",
    /** @param {import("@tetra/tts-core/saga").ActionCall<{ login: string }>} call */
    ({ data, idempotencyKey: key, signal }) =>
      change(`${users}/${data.login}`, "DELETE", { key, signal }),
  );
  const setQuota = action(
    "set-quota",
    /** @param {import("@tetra/tts-core/saga").ActionCall<{ user: string, gigabytes: number }>} call */
    ({ data, idempotencyKey: key, signal }) =>
      change(`${quotas}/${data.user}`, "PUT", { record: data, key, signal }),
  );
  const removeQuota = action(
    "remove-quota",
    /** @param {import("@tetra/tts-core/saga").ActionCall<{ user: string }>} call */
    ({ data, idempotencyKey: key, signal }) =>
      change(`${quotas}/${data.user}`, "DELETE", { key, signal }),
  );
  const sendWelcome = action(
    "send-welcome",
    /** @param {import("@tetra/tts-core/saga").ActionCall<{ to: string }>} call */
    ({ data, idempotencyKey: key, signal }) =>
      change(`${mails}/${encodeURIComponent(data.to)}`, "PUT", { record: data, key, signal }),
  );
  return { createUser, deleteUser, setQuota, removeQuota, sendWelcome };
}

/**
 * The saga, and the registry in which any process finds its actions.
 * @param {Services} services
 */
export function onboardingAt(services) {
  const actions = actionsFor(services);
  const onboarding = /** @type {typeof saga<Person>} */ (saga)("onboarding", { timeoutMs: 60_000 })
    .step({
      name: "user",
      agent: "user-service",
      action: actions.createUser,
      data: ({ input }) => ({ login: input.login, name: input.name, email: input.email }),
      // from the input, not from the step's result: of a call that was interrupted there is none
      compensate: { action: actions.deleteUser, data: ({ input }) => ({ login: input.login }) },
    })
    .step({
      name: "quota",
      agent: "quota-service",
      action: actions.setQuota,
      data: ({ results }) => ({ user: results.user.id, gigabytes: 5 }),
      compensate: {
        action: actions.removeQuota,
        data: ({ input }) => ({ user: input.login }),
      },
    })
    .step({
      name: "welcome",
      agent: "mail-service",
      action: actions.sendWelcome,
      data: ({ input }) => ({ to: input.email }),
      // a mail cannot be called back: it comes last, so that nothing behind it can fail
      retry: { maxAttempts: 3, firstMs: 50 },
    });
  return { onboarding, registry: actionRegistry(Object.values(actions)) };
}
