import { describe, expect, it } from "vitest";
import { type Bucket, fullBucket, takeToken } from "../../../durable-objects/room/rate-limit.ts";
import { LIMITS } from "../../../protocol/limits.ts";

function take(bucket: Bucket, times: number, atMs: number) {
  const verdicts: string[] = [];
  let left = bucket;
  for (let count = 0; count < times; count += 1) {
    const taken = takeToken(left, atMs, LIMITS);
    left = taken.bucket;
    verdicts.push(taken.verdict);
  }
  return { bucket: left, verdicts };
}

describe("the bucket of a socket", () => {
  it("[ROOM-8] holds 200 messages; the 201st is a flood, those after are dropped", () => {
    const { verdicts } = take(fullBucket(LIMITS, 0), 203, 0);
    expect(new Set(verdicts.slice(0, 200))).toEqual(new Set(["taken"]));
    expect(verdicts.slice(200)).toEqual(["flood", "dropped", "dropped"]);
  });

  it("[ROOM-8] fills at 50 a second, and never past its size", () => {
    const { bucket } = take(fullBucket(LIMITS, 0), 200, 0);
    const second = take(bucket, 51, 1_000);
    expect(second.verdicts.filter((verdict) => verdict === "taken")).toHaveLength(50);
    const hour = take(second.bucket, 201, 3_600_000);
    expect(hour.verdicts.filter((verdict) => verdict === "taken")).toHaveLength(200);
  });

  it("[ROOM-8] closes who goes on for a second's worth of messages", () => {
    const { verdicts } = take(fullBucket(LIMITS, 0), 251, 0);
    expect(verdicts[249]).toBe("dropped");
    expect(verdicts[250]).toBe("closed");
  });

  it("[ROOM-8] bears 50 messages a second for ever", () => {
    let bucket = take(fullBucket(LIMITS, 0), 200, 0).bucket;
    for (let atMs = 20; atMs <= 60_000; atMs += 20) {
      const taken = takeToken(bucket, atMs, LIMITS);
      expect(taken.verdict).toBe("taken");
      bucket = taken.bucket;
    }
  });

  it("loses nothing to a clock that steps back", () => {
    const { bucket } = take(fullBucket(LIMITS, 10_000), 10, 10_000);
    expect(takeToken(bucket, 5_000, LIMITS).bucket.tokens).toBe(189);
  });
});
