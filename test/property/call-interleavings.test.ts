import { describe, it } from "vitest";
import { expectTogetherSoon } from "../support/call-checks.ts";
import { createCallWorld, type CallWorld, type Page } from "../support/call-world.ts";
import { createFakeProfile, type FakeProfile } from "../support/fake-profile.ts";
import { createRandom } from "../support/seeded-random.ts";

const PEOPLE = 6;
const STEPS = 30;

/** Who is left alone may call no more than three gone in sixteen epochs: SPEC MLS-5. */
const MOST_DEATHS = 3;

/** Somebody with a browser: in the call, out of it, or about to change that. */
type Someone = {
  readonly profile: FakeProfile;
  page: Page | undefined;
  isCut: boolean;
  /** Left without a word that reached anybody. */
  isDead: boolean;
};

const DEEDS = [
  "join",
  "join",
  "join",
  "leave",
  "crash",
  "vanish",
  "reload",
  "drop",
  "cut",
  "restore",
  "lose-crypto",
  "evict",
  "restart",
  "wait",
] as const;

async function arrive(world: CallWorld, someone: Someone): Promise<void> {
  someone.isCut = false;
  someone.isDead = false;
  someone.page = await world.open(someone.profile);
  someone.page.call.join();
}

async function act(
  world: CallWorld,
  someone: Someone,
  deed: (typeof DEEDS)[number],
): Promise<void> {
  const { page } = someone;
  switch (deed) {
    case "join":
      if (page === undefined) await arrive(world, someone);
      return;
    case "leave":
      page?.leave();
      page?.close();
      someone.page = undefined;
      someone.isDead = someone.isCut;
      return;
    case "crash":
    case "vanish":
      page?.[deed]();
      someone.isDead = page !== undefined;
      someone.page = undefined;
      return;
    case "reload":
      if (page === undefined) return;
      page.crash();
      return arrive(world, someone);
    case "drop":
      page?.line.drop();
      return;
    case "cut":
      page?.line.cut();
      someone.isCut = page !== undefined;
      return;
    case "restore":
      if (someone.isCut) page?.line.restore();
      someone.isCut = false;
      return;
    case "lose-crypto":
      page?.loseCrypto();
      return;
    case "evict":
      return world.network.room(world.link.roomId).evict();
    case "restart":
      return world.network.restart();
    case "wait":
      return world.time.pass(world.random() * 20_000);
  }
}

/** A call in which anything happens at any time; all who are still there come together in the end. */
async function live(seed: number): Promise<void> {
  const random = createRandom(seed);
  const world = await createCallWorld(seed);
  world.network.delayMs = () => 5 + Math.floor(random() * 80);
  const everyone: readonly Someone[] = Array.from({ length: PEOPLE }, (_, index) => ({
    profile: createFakeProfile(`Person ${index}`),
    page: undefined,
    isCut: false,
    isDead: false,
  }));
  for (let step = 0; step < STEPS; step += 1) {
    const someone = everyone[Math.floor(random() * PEOPLE)];
    const deed = DEEDS[Math.floor(random() * DEEDS.length)];
    if (someone === undefined || deed === undefined) continue;
    const isFatal = deed === "crash" || deed === "vanish" || (deed === "leave" && someone.isCut);
    if (isFatal && everyone.filter(({ isDead }) => isDead).length >= MOST_DEATHS) continue;
    await act(world, someone, deed);
    // Mostly at once, so that things meet on their way.
    await world.time.pass(random() < 0.7 ? random() * 150 : random() * 3_000);
  }
  for (const someone of everyone) await act(world, someone, "restore");
  const pages = everyone.flatMap(({ page }) => page ?? []);
  await expectTogetherSoon(world, pages, 180_000);
  await world.end();
}

describe("any interleaving of joins, leaves, deaths, reloads and outages", () => {
  it.each(Array.from({ length: 16 }, (_, index) => index + 1))(
    "[LOG-2] [ROOM-7] ends with all who stay in one epoch, each linked to each (seed %i)",
    live,
    60_000,
  );
});
