import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { name: "webcrypto-sframe", include: ["test/**/*.test.ts"], environment: "node" },
});
