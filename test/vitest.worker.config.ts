import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  plugins: [cloudflareTest({ wrangler: { configPath: "wrangler.toml" } })],
  test: {
    include: ["test/worker/**/*.test.ts"],
    allowOnly: false,
    // The runtime itself starts within the first test, on whatever machine.
    testTimeout: 30_000,
  },
});
