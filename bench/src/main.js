import { appendsOneAfterAnother, creation, manyAtOnce } from "./append.js";
import { startUp } from "./command-line.js";
import { sagasAgainstDbos } from "./dbos.js";
import { resolution, sharedConnection, writing } from "./endpoints.js";
import { lifecycle } from "./lifecycle.js";
import { listing } from "./listing.js";
import { removeFolders } from "./measure.js";
import { sagaAgainstItsAppends, sagaRecovery, sagasAtOnce, sagasInMemory } from "./sagas.js";
import { services, survival } from "./services/main.js";
import { shellCalls } from "./shell/main.js";
import { twoPhaseOverhead } from "./two-phase.js";

try {
  await appendsOneAfterAnother();
  await creation();
  await manyAtOnce(0);
  await manyAtOnce(4);
  await lifecycle();
  await sagaAgainstItsAppends();
  await sagasInMemory();
  await sagasAtOnce(0);
  await sagasAtOnce(4);
  await sagasAgainstDbos();
  await sagaRecovery();
  await twoPhaseOverhead();
  await startUp();
  await shellCalls();
  await listing();
  await resolution();
  await sharedConnection();
  await writing();
  await services();
  await survival();
} finally {
  removeFolders();
}
