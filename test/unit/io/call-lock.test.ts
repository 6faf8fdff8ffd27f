import * as v from "valibot";
import { afterEach, describe, expect, it, vi } from "vitest";
import { roomIdSchema } from "../../../protocol/ids.ts";
import { createCallLock } from "../../../web/io/call-lock.ts";
import { createManualClock } from "../../support/manual-clock.ts";

const ROOM = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAA");
const OTHER = v.parse(roomIdSchema, "AAAAAAAAAAAAAAAAAAAAAQ");
const nobody = (): void => {};

const clock = createManualClock();
const lock = createCallLock(clock);
const hold = (roomId: typeof ROOM, steal = false, onStolen = nobody) =>
  lock.hold({ roomId, steal, onStolen });
/** What is answered once somebody has waited long enough. */
const holdPatiently = (roomId: typeof ROOM) => {
  const answer = hold(roomId);
  clock.advance(2_000);
  return answer;
};

describe("the lock of a call", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is held by one at a time, for each room by itself, until let go", async () => {
    const release = await hold(ROOM);
    expect(release).toBeTypeOf("function");
    expect(await holdPatiently(ROOM)).toBeUndefined();
    (await hold(OTHER))?.();
    release?.();
    (await hold(ROOM))?.();
  });

  it("is given to who waits a moment while a page that goes lets go of it", async () => {
    const release = await hold(ROOM);
    const next = hold(ROOM);
    release?.();
    (await next)?.();
  });

  it("can be taken over, and who loses it is told", async () => {
    const stolen = vi.fn<() => void>();
    await hold(ROOM, false, stolen);
    const release = await hold(ROOM, true);
    await vi.waitFor(() => expect(stolen).toHaveBeenCalledOnce());
    expect(await holdPatiently(ROOM)).toBeUndefined();
    release?.();
  });

  it("is not called another's because a busy browser is slow to give it", async () => {
    let give = nobody;
    const looks = vi.fn<() => Promise<LockManagerSnapshot>>(() =>
      // Granted, though the page has not been told: on the list of nobody who waits.
      Promise.resolve({ held: [{ name: `sotto.call.${ROOM}` }], pending: [] }),
    );
    vi.stubGlobal("navigator", {
      locks: {
        query: looks,
        request: (_name: string, { signal }: LockOptions, run: () => Promise<void>) =>
          new Promise<void>((resolve, reject) => {
            signal?.addEventListener("abort", () => reject(new Error("aborted")));
            give = () => resolve(run());
          }),
      },
    });
    const answer = hold(ROOM);
    for (let look = 1; look <= 3; look += 1) {
      clock.advance(2_000);
      await vi.waitFor(() => expect(clock.pending()).toBe(1));
      expect(looks).toHaveBeenCalledTimes(look);
    }
    give();
    expect(await answer).toBeTypeOf("function");
    expect(clock.pending()).toBe(0);
  });

  it("is given to everybody where the browser has no locks", async () => {
    vi.stubGlobal("navigator", {});
    expect(await hold(ROOM)).toBeTypeOf("function");
    expect(await hold(ROOM)).toBeTypeOf("function");
  });
});
