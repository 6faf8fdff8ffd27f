import { beforeEach, describe, expect, it } from "vitest";
import { createIceRecovery, type IceRecovery } from "../../../web/core/negotiation/ice-recovery.ts";
import { createManualClock, type ManualClock } from "../../support/manual-clock.ts";

describe("recovery of a connection", () => {
  let clock: ManualClock;
  let recovery: IceRecovery;
  let done: string[];

  beforeEach(() => {
    clock = createManualClock();
    done = [];
    recovery = createIceRecovery(clock, {
      connected: () => done.push("connected"),
      interrupted: () => done.push("interrupted"),
      restart: () => {
        done.push("restart");
        recovery.offered();
      },
      resend: () => done.push("resend"),
      gaveUp: () => done.push("gave up"),
    });
  });
  const connect = (): void => {
    recovery.described();
    recovery.answered();
    recovery.changed("connecting");
    recovery.changed("connected");
    done = [];
  };

  it("lets a short loss of consent heal by itself", () => {
    connect();
    recovery.changed("disconnected");
    clock.advance(1_900);
    recovery.changed("connected");
    clock.advance(60_000);
    expect(done).toEqual(["connected"]);
    expect(clock.pending()).toBe(0);
  });

  it("restarts ICE after two seconds of lost consent", () => {
    connect();
    recovery.changed("disconnected");
    clock.advance(2_000);
    expect(done).toEqual(["interrupted", "restart"]);
  });

  it("restarts ICE at once when the connection failed", () => {
    connect();
    recovery.changed("failed");
    expect(done).toEqual(["interrupted", "restart"]);
  });

  it("says once per outage that it is interrupted", () => {
    connect();
    recovery.changed("disconnected");
    clock.advance(2_000);
    recovery.changed("failed");
    expect(done.filter((what) => what === "interrupted")).toHaveLength(1);
  });

  it("asks again every five seconds while the restart has no answer", () => {
    connect();
    recovery.changed("failed");
    clock.advance(10_000);
    expect(done).toEqual(["interrupted", "restart", "resend", "resend"]);
  });

  it("restarts again when an answered restart did not help", () => {
    connect();
    recovery.changed("failed");
    recovery.answered();
    clock.advance(5_000);
    expect(done).toEqual(["interrupted", "restart", "restart"]);
  });

  it("leaves slow checks alone: relays over TCP take their time", () => {
    recovery.described();
    recovery.answered();
    recovery.changed("connecting");
    clock.advance(30_000);
    expect(done).toEqual([]);
  });

  it("gives up after a minute without a connection", () => {
    connect();
    recovery.changed("failed");
    recovery.answered();
    clock.advance(60_000);
    expect(done.at(-1)).toBe("gave up");
    expect(clock.pending()).toBe(0);
  });

  it("neither repeats nor gives up a first offer that its owner may not have sent yet", () => {
    recovery.offered();
    recovery.changed("connecting");
    clock.advance(600_000);
    expect(done).toEqual([]);
  });

  it("restarts at once on another network, and only where there is something to restart", () => {
    recovery.networkChanged();
    expect(done).toEqual([]);
    connect();
    recovery.networkChanged();
    expect(done).toEqual(["restart"]);
    recovery.answered();
    expect(clock.pending()).toBe(0);
  });

  it("leaves no timer behind when closed", () => {
    connect();
    recovery.changed("failed");
    recovery.close();
    expect(clock.pending()).toBe(0);
  });
});
