import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  ssr: { resolve: { conditions: ["source", "node", "module"] } },
  test: {
    include: ["test/{commands,browser,e2e,fault,hostile,networks}/**/*.test.{ts,tsx}"],
    allowOnly: false,
    // Browsers share this machine's processors: two files at once would only slow each other.
    fileParallelism: false,
    maxWorkers: 1,
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    server: { deps: { inline: ["webcrypto-sframe"] } },
  },
});
