export { type ConformanceCase, conformanceCases } from "./conformance.ts";
export { type FakeClock, fakeClock } from "./fake-clock.ts";
export { type MemoryStore, memoryStore } from "./memory-store.ts";
export type { StoreFixture } from "./rule.ts";
