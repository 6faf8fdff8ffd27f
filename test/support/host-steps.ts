import { isIn } from "./in-a-call.ts";
import type { Person } from "./person.ts";

/** Makes a call whose people are let in by who made it, and joins. Answers the link. */
export async function startKnockCall(person: Person, url: string, name: string): Promise<string> {
  await person.goto(url);
  await person.click("switch", "Let people in myself");
  await person.click("button", "New call");
  await person.fill("Your name", name);
  await person.click("button", "Join");
  await isIn(person, "live");
  return person.evaluate(() => location.href);
}

/** Opens a link and asks to be let in. */
export async function knock(person: Person, link: string, name: string): Promise<void> {
  await person.goto(link);
  await person.fill("Your name", name);
  await person.click("button", "Join");
  await isIn(person, "knocking");
}

/** Opens the list of those who wait. */
export async function seesWaiting(host: Person): Promise<void> {
  await host.click("button", "See who is waiting");
  await host.sees("dialog", "Waiting to join");
}

/** Lets somebody in by name, and closes the list. */
export async function admit(host: Person, name: string): Promise<void> {
  await seesWaiting(host);
  await host.click("button", `Admit ${name}`);
  await host.press("Escape");
}

/** From the call to its host's controls. */
export async function opensControls(host: Person): Promise<void> {
  await host.click("button", "People");
  await host.click("button", "Host controls");
  await host.sees("dialog", "Host controls");
}

/** Waits until the page says a text anywhere. */
export const reads = (person: Person, text: string): Promise<void> =>
  person.waitFor(`"${text}"`, (wanted) => document.body.textContent.includes(wanted), text);
