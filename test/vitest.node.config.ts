import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  ssr: { resolve: { conditions: ["source", "node", "module"] } },
  resolve: { conditions: ["source", "node", "module"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: [
      "test/{unit,property,contract,vectors,fuzz}/**/*.test.{ts,tsx}",
      "webcrypto-sframe/test/**/*.test.ts",
    ],
    allowOnly: false,
    restoreMocks: true,
    server: { deps: { inline: ["webcrypto-sframe"] } },
  },
});
