import { defineConfig } from "vitest/config";

// each test starts processes, on machines that may be busy, and mostly waits for them: two files at a time
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 } });
