import * as v from "valibot";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type MemberId, roomIdSchema } from "../../../protocol/ids.ts";
import { createDeviceMemory } from "../../../web/io/device-memory.ts";
import { keptInBrowser, keptInTab } from "../../../web/io/kept-text.ts";

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
    const memory = createDeviceMemory(keptInBrowser, keptInTab);
    expect(memory.name()).toBeUndefined();
    expect(memory.policySerial(ROOM)).toBe(0);
    memory.rememberName("Ada");
    memory.rememberPolicySerial(ROOM, 7);
    expect(createDeviceMemory(keptInBrowser, keptInTab).name()).toBe("Ada");
    expect(memory.policySerial(ROOM)).toBe(7);
    expect(memory.policySerial(OTHER)).toBe(0);
  });

  it("is, for the tab alone, in which room it waits to be let in", () => {
    vi.stubGlobal("localStorage", storage());
    vi.stubGlobal("sessionStorage", storage());
    const memory = createDeviceMemory(keptInBrowser, keptInTab);
    expect(memory.isKnocking(ROOM)).toBe(false);
    memory.rememberKnocking(ROOM, true);
    expect(memory.isKnocking(ROOM)).toBe(true);
    expect(memory.isKnocking(OTHER)).toBe(false);
    memory.rememberKnocking(ROOM, false);
    expect(memory.isKnocking(ROOM)).toBe(false);
  });

  it("is that its user knows where the key of a host is", () => {
    vi.stubGlobal("localStorage", storage());
    const memory = createDeviceMemory(keptInBrowser, keptInTab);
    expect(memory.isToldOfHostKey()).toBe(false);
    memory.rememberToldOfHostKey();
    expect(createDeviceMemory(keptInBrowser, keptInTab).isToldOfHostKey()).toBe(true);
  });

  it("is whether AV1 is wanted: not, until somebody says so", () => {
    vi.stubGlobal("localStorage", storage());
    const memory = createDeviceMemory(keptInBrowser, keptInTab);
    expect(memory.preferAv1()).toBe(false);
    memory.rememberAv1(true);
    expect(createDeviceMemory(keptInBrowser, keptInTab).preferAv1()).toBe(true);
    memory.rememberAv1(false);
    expect(memory.preferAv1()).toBe(false);
  });

  it.each(["", "-1", "1.5", "many"])("counts a serial altered to %j as never seen", (text) => {
    vi.stubGlobal("localStorage", storage(new Map([[`sotto.policy.${ROOM}`, text]])));
    expect(createDeviceMemory(keptInBrowser, keptInTab).policySerial(ROOM)).toBe(0);
  });

  const verified = {
    identityKey: "A".repeat(43),
    roomId: ROOM,
    memberId: "AAAAAAAAAAAAAAAAAAAAAQ" as MemberId,
    name: "Bea",
  };

  it("[VERIFY-9] is who was verified, the last two hundred", () => {
    vi.stubGlobal("localStorage", storage());
    const memory = createDeviceMemory(keptInBrowser, keptInTab);
    expect(memory.verified()).toEqual([]);
    memory.rememberVerified([verified]);
    expect(createDeviceMemory(keptInBrowser, keptInTab).verified()).toEqual([verified]);
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
    expect(createDeviceMemory(keptInBrowser, keptInTab).verified()).toEqual([]);
  });

  it("is nothing where storage is blocked, and asking does no harm", () => {
    const blocked = (): never => {
      throw new DOMException("denied", "SecurityError");
    };
    vi.stubGlobal("localStorage", { getItem: blocked, setItem: blocked });
    const memory = createDeviceMemory(keptInBrowser, keptInTab);
    memory.rememberName("Ada");
    memory.rememberPolicySerial(ROOM, 7);
    memory.rememberVerified([verified]);
    expect(memory.verified()).toEqual([]);
    expect(memory.name()).toBeUndefined();
    expect(memory.policySerial(ROOM)).toBe(0);
  });
});
