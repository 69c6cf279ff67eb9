export {
  type CallCounts,
  type CountingFileSystem,
  countingFileSystem,
} from "./counting-file-system.ts";
export { type CrashState, crashStates, type Scenario } from "./crash-states.ts";
export { type Operation, SimulatedCrash } from "./machine.ts";
export { type PowerCutOptions } from "./power-cut.ts";
export { simulatedDisk, type SimulatedDisk, type SimulatedDiskOptions } from "./simulated-disk.ts";
export { slowFlush } from "./slow-flush.ts";
