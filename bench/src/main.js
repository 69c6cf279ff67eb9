import { appendsOneAfterAnother, creation, manyAtOnce } from "./append.js";
import { startUp } from "./command-line.js";
import { resolution, sharedConnection, writing } from "./endpoints.js";
import { lifecycle } from "./lifecycle.js";
import { listing } from "./listing.js";

await appendsOneAfterAnother();
await creation();
await manyAtOnce(0);
await manyAtOnce(4);
await lifecycle();
await startUp();
await listing();
await resolution();
await sharedConnection();
await writing();
