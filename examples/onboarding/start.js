// The story: a person is onboarded while the mail server is down, and again when it is up; then the
// process that onboards a third one dies in the middle, and another carries on.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sagas } from "@tetra/tts-core/saga";
import { openFolderStore } from "@tetra/ttm-fs";
import { onboardingAt } from "./onboarding.js";
import { system } from "./system.js";

const folder = process.env["TETRA_DIR"] ?? mkdtempSync(join(tmpdir(), "onboarding-"));
const children = fork(join(import.meta.dirname, "services.js"));
const [{ port }] = await once(children, "message");
const base = `http://127.0.0.1:${port}`;
const services = { users: `${base}/users`, quotas: `${base}/quotas`, mails: `${base}/mails` };

const store = await openFolderStore({ folder: join(folder, "ttm", "txns") });
const { onboarding, registry } = onboardingAt(services);
const engine = sagas({ ...system, store, actions: registry, runner: `onboarding ${process.pid}` });

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

/** @param {import("@tetra/tts-core/saga").SagaView} view */
async function tell({ id, status, failure, completed, compensated }) {
  say(`${id}: ${status}`);
  if (failure !== undefined) say(`  because of ${failure.step}: ${failure.error}`);
  if (completed.length > 0) say(`  done: ${completed.join(", ")}`);
  if (compensated.length > 0) say(`  undone: ${compensated.join(", ")}`);
  for (const service of /** @type {const} */ (["users", "quotas", "mails"])) {
    say(`  ${service}: ${await (await fetch(services[service])).text()}`);
  }
}

say("The mail server is down:");
await tell(
  await engine.run(onboarding.with({ login: "ada", name: "Ada", email: "ada@example.org" })),
);

say("The mail server is up:");
await fetch(`${base}/mail-server/up`, { method: "POST" });
await tell(
  await engine.run(onboarding.with({ login: "grace", name: "Grace", email: "grace@example.org" })),
);

say("A process dies while it onboards:");
await fetch(`${base}/mail-server/down`, { method: "POST" });
const definition = onboarding.with({
  login: "edsger",
  name: "Edsger",
  email: "edsger@example.org",
});
const dying = fork(join(import.meta.dirname, "dying.js"), [folder, JSON.stringify(services)]);
dying.send(definition);
const [{ id }] = await once(dying, "message");
dying.kill("SIGKILL");
await once(dying, "exit");
await fetch(`${base}/mail-server/up`, { method: "POST" });
await tell(await engine.resume(id));

await store.close();
children.disconnect();
say(`The logs are in ${store.folder}`);
