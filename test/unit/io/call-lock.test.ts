import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { roomIdSchema } from "../../../protocol/ids.ts";
import { browserCallLock } from "../../../web/io/call-lock.ts";

const ROOM = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAA");
const OTHER = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAQ");
const nobody = (): void => {};
const hold = (roomId: typeof ROOM, steal = false, onStolen = nobody) =>
  browserCallLock.hold({ roomId, steal, onStolen });

describe("the lock of a call", () => {
  it("is held by one at a time, for each room by itself, until let go", async () => {
    const release = await hold(ROOM);
    expect(release).toBeTypeOf("function");
    expect(await hold(ROOM)).toBeUndefined();
    (await hold(OTHER))?.();
    release?.();
    await vi.waitFor(async () => {
      const again = await hold(ROOM);
      expect(again).toBeTypeOf("function");
      again?.();
    });
  });

  it("can be taken over, and who loses it is told", async () => {
    const stolen = vi.fn<() => void>();
    await hold(ROOM, false, stolen);
    const release = await hold(ROOM, true);
    await vi.waitFor(() => expect(stolen).toHaveBeenCalledOnce());
    expect(await hold(ROOM)).toBeUndefined();
    release?.();
  });

  it("is given to everybody where the browser has no locks", async () => {
    vi.stubGlobal("navigator", {});
    expect(await hold(ROOM)).toBeTypeOf("function");
    expect(await hold(ROOM)).toBeTypeOf("function");
    vi.unstubAllGlobals();
  });
});
