import { expect } from "vitest";
import { toBase64Url } from "../../protocol/bytes.ts";
import type { CallWorld, Page } from "./call-world.ts";

/** What a group looks like from a page: equal for all who are in the same epoch of the same group. */
export async function epochOf(page: Page): Promise<string> {
  const { epoch, transcript, fork } = await page.statement();
  return `${epoch} ${toBase64Url(transcript)} ${toBase64Url(fork)}`;
}

/** What is not yet as it must be with these, and only these, people in one call; empty when all is well. */
export async function whatKeepsApart(pages: readonly Page[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const names = pages.map((page) => page.snapshot().name);
  const epochs = new Set<string>();
  for (const page of pages) {
    const { name, phase } = page.snapshot();
    if (phase !== "live") {
      problems.push(`${name} is ${phase}`);
      continue;
    }
    epochs.add(await epochOf(page));
    const others = page.others();
    const seen = others.map((person) => person.name ?? "?").toSorted();
    const wanted = names.filter((other) => other !== name).toSorted();
    if (seen.join() !== wanted.join()) problems.push(`${name} sees ${seen.join()}`);
    for (const { name: other, link } of others) {
      if (link !== "connected") problems.push(`${name} to ${other}: ${link}`);
    }
    const carried = page.peer.open().filter(({ linkId }) => page.bound.has(linkId));
    if (carried.length !== others.length || page.bound.size !== others.length)
      problems.push(`${name} binds ${page.bound.size} links, ${carried.length} of them open`);
  }
  if (epochs.size > 1) problems.push(`${epochs.size} epochs`);
  return problems;
}

/** Everybody is live, in one epoch, sees everybody else by name, and has one open, bound link to each. */
export async function expectTogether(pages: readonly Page[]): Promise<void> {
  expect(await whatKeepsApart(pages)).toEqual([]);
}

/** The same, once it has come about. */
export async function expectTogetherSoon(
  world: CallWorld,
  pages: readonly Page[],
  withinMs: number,
): Promise<void> {
  const isTogether = async (): Promise<boolean> => (await whatKeepsApart(pages)).length === 0;
  await world.time.until(isTogether, withinMs).catch(() => undefined);
  await expectTogether(pages);
}
