import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCallWorld, type CallWorld, epochOf } from "../../support/call-world.ts";

let world: CallWorld;
beforeEach(async () => {
  world = await createCallWorld();
});
afterEach(() => world.end());

describe("joining", () => {
  it("two people join and both are live with each other's names", async () => {
    const [ada, bea] = await world.joined("Ada", "Bea");
    expect(ada?.snapshot().phase).toBe("live");
    expect(ada?.others().map(({ name }) => name)).toEqual(["Bea"]);
    expect(bea?.others().map(({ name }) => name)).toEqual(["Ada"]);
    expect(bea?.others().map(({ link }) => link)).toEqual(["connected"]);
    expect(await epochOf(ada as never)).toEqual(await epochOf(bea as never));
  });
});
