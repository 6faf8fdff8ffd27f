import { describe, expect, it } from "vitest";
import { listenOptions } from "../../../scripts/listen.ts";

describe("what npm start is told", () => {
  it("listens on localhost:8787 and keeps its state in .wrangler unless told otherwise", () => {
    expect(listenOptions([], {})).toEqual({
      ok: true,
      value: {
        host: "localhost",
        port: 8787,
        stateDir: expect.stringMatching(/\.wrangler.state$/),
        vars: {},
      },
    });
  });

  it("takes variables of the Worker from SOTTO_VARS and from --var, which wins", () => {
    const options = listenOptions(["--var", "TURN_URLS:turn:host:3478", "--var", "A:"], {
      SOTTO_VARS: '{"TURN_URLS":"","STUN_URLS":""}',
    });
    expect(options).toMatchObject({
      ok: true,
      value: { vars: { TURN_URLS: "turn:host:3478", STUN_URLS: "", A: "" } },
    });
  });

  it.each(["0", "65536", "80.5", "http"])("refuses PORT=%s", (PORT) => {
    expect(listenOptions([], { PORT }).ok).toBe(false);
  });

  it.each(["[]", "null", '"a"', "{", '{"A":1}'])("refuses SOTTO_VARS=%s", (SOTTO_VARS) => {
    expect(listenOptions([], { SOTTO_VARS }).ok).toBe(false);
  });
});
