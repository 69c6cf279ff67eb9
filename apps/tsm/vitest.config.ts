import { defineConfig } from "vitest/config";

// each test starts processes, on machines that may be busy
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
