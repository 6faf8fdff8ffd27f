import * as v from "valibot";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type MemberId, roomIdSchema } from "../../../protocol/ids.ts";
import { createDeviceMemory } from "../../../web/io/device-memory.ts";
import { keptInBrowser } from "../../../web/io/kept-text.ts";

const ROOM = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAA");
const OTHER = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAQ");

function storage(texts = new Map<string, string>()) {
  return {
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => void texts.set(key, text),
  };
}

describe("what a device remembers", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("[POLICY-4] is the name, and the highest policy serial of each room", () => {
    vi.stubGlobal("localStorage", storage());
    const memory = createDeviceMemory(keptInBrowser);
    expect(memory.name()).toBeUndefined();
    expect(memory.policySerial(ROOM)).toBe(0);
    memory.rememberName("Ada");
    memory.rememberPolicySerial(ROOM, 7);
    expect(createDeviceMemory(keptInBrowser).name()).toBe("Ada");
    expect(memory.policySerial(ROOM)).toBe(7);
    expect(memory.policySerial(OTHER)).toBe(0);
  });

  it("is whether AV1 is wanted: not, until somebody says so", () => {
    vi.stubGlobal("localStorage", storage());
    const memory = createDeviceMemory(keptInBrowser);
    expect(memory.preferAv1()).toBe(false);
    memory.rememberAv1(true);
    expect(createDeviceMemory(keptInBrowser).preferAv1()).toBe(true);
    memory.rememberAv1(false);
    expect(memory.preferAv1()).toBe(false);
  });

  it.each(["", "-1", "1.5", "many"])("counts a serial altered to %j as never seen", (text) => {
    vi.stubGlobal("localStorage", storage(new Map([[`sotto.policy.${ROOM}`, text]])));
    expect(createDeviceMemory(keptInBrowser).policySerial(ROOM)).toBe(0);
  });

  const verified = {
    identityKey: "A".repeat(43),
    roomId: ROOM,
    memberId: "AAAAAAAAAAAAAAAAAAAAAQ" as MemberId,
    name: "Bea",
  };

  it("[VERIFY-9] is who was verified, the last two hundred", () => {
    vi.stubGlobal("localStorage", storage());
    const memory = createDeviceMemory(keptInBrowser);
    expect(memory.verified()).toEqual([]);
    memory.rememberVerified([verified]);
    expect(createDeviceMemory(keptInBrowser).verified()).toEqual([verified]);
    const many = Array.from({ length: 201 }, (_, number) => ({ ...verified, name: `${number}` }));
    memory.rememberVerified(many);
    expect(memory.verified()).toEqual(many.slice(1));
  });

  it.each([
    "",
    "no JSON",
    "{}",
    "[null, 5, {}]",
    JSON.stringify([{ ...verified, identityKey: "short" }]),
    JSON.stringify([{ ...verified, name: "x".repeat(65) }]),
    JSON.stringify([{ ...verified, roomId: 5 }]),
  ])("[VERIFY-9] nobody is verified by what was altered to %j", (text) => {
    vi.stubGlobal("localStorage", storage(new Map([["sotto.verified", text]])));
    expect(createDeviceMemory(keptInBrowser).verified()).toEqual([]);
  });

  it("is nothing where storage is blocked, and asking does no harm", () => {
    const blocked = (): never => {
      throw new DOMException("denied", "SecurityError");
    };
    vi.stubGlobal("localStorage", { getItem: blocked, setItem: blocked });
    const memory = createDeviceMemory(keptInBrowser);
    memory.rememberName("Ada");
    memory.rememberPolicySerial(ROOM, 7);
    memory.rememberVerified([verified]);
    expect(memory.verified()).toEqual([]);
    expect(memory.name()).toBeUndefined();
    expect(memory.policySerial(ROOM)).toBe(0);
  });
});
