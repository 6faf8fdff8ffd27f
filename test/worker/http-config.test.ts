import { expect, it, vi } from "vitest";
import worker from "../../workers/index.ts";
import { bindings } from "./edge-under-test.ts";

it("a deployment with a bad variable answers 503 and names the variable once in the log, never its value", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  const env = { ...bindings, CREATE: "hunter2", TURN_URLS: "turn:hunter2" };
  for (const path of ["/healthz", "/api/rooms"]) {
    const response = await worker.fetch(new Request(`https://sotto.example${path}`), env);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ code: "service-unavailable" });
  }
  expect(printed.mock.calls).toEqual([
    ['sotto configuration-invalid: CREATE: expected "open" or "login"'],
  ]);
});
