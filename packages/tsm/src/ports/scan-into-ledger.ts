import type { Platform } from "../platform/platform.ts";
import type { Services } from "../services.ts";
import { agree } from "./ledger.ts";
import { lookAtPorts, type PortLook } from "./look-at-ports.ts";
import { changeLedger, nowS } from "./port-ledger.ts";
import type { PortStore } from "./port-store.ts";
import { ledgerTruth } from "./reconcile-ports.ts";

/**
 * Looks at what is and brings the ledger into agreement with it: fills in what was seen, adds services
 * that are missing, takes out those that are no more.
 * @throws TetraError `SERVICE_BUSY`
 */
export async function scanIntoLedger(
  store: PortStore,
  services: Services,
  platform: Platform,
): Promise<PortLook> {
  return changeLedger(store, (ledger) => {
    // under the lock: whoever registers after this look also writes after it
    const look = lookAtPorts(services, platform);
    return { ledger: agree(ledger, ledgerTruth(look), nowS(store)), result: look };
  });
}
