// Runs the saga it is sent, and tells when the mail is being sent: a good moment to be killed.
import { once } from "node:events";
import { join } from "node:path";
import { sagas } from "@tetra/tts-core/saga";
import { openFolderStore } from "@tetra/ttm-fs";
import { onboardingAt } from "./onboarding.js";
import { system } from "./system.js";

const [folder = "", services = "{}"] = process.argv.slice(2);
const [definition] = await once(process, "message");
const { registry } = onboardingAt(JSON.parse(services));
const store = await openFolderStore({ folder: join(folder, "ttm", "txns") });
const engine = sagas({
  ...system,
  store,
  actions: registry,
  runner: `dying ${process.pid}`,
  onEvent(id, { event, step }) {
    if (event === "step_started" && step === "welcome") process.send?.({ id });
  },
});
await engine.run(definition);
