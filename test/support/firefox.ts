import puppeteer from "puppeteer-core";
import { collectProblems, inPage } from "./driven-page.ts";
import { PATIENCE_MS, type Person, type Role } from "./person.ts";

const PREFERENCES = {
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.navigator.streams.fake": true,
  "media.gmp-manager.updateEnabled": false,
  "app.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};
/** What a person would have to click; left out where that very thing is tested. */
const LENIENT = { "media.navigator.permission.disabled": true, "media.autoplay.default": 0 };

/** A person in a Firefox of their own: a covered tab draws no frames. */
export async function newFirefoxPerson(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly isStrict: boolean;
  readonly width: number;
  readonly height: number;
}): Promise<Person> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env["SOTTO_FIREFOX"] ?? "/usr/bin/firefox-esr",
    headless: true,
    acceptInsecureCerts: true,
    extraPrefsFirefox: options.isStrict ? PREFERENCES : { ...PREFERENCES, ...LENIENT },
    env: { ...process.env, ...options.env },
  });
  const page = (await browser.pages())[0] ?? (await browser.newPage());
  await page.setViewport({ width: options.width, height: options.height });
  const requests: string[] = [];
  const { problems, pageerror, console } = collectProblems();
  page.on("pageerror", pageerror).on("console", console);
  page.on("request", (request) => requests.push(request.url()));
  const found = (role: Role, name: string, timeoutMs = PATIENCE_MS) =>
    page.locator(`::-p-aria([name=${JSON.stringify(name)}][role="${role}"])`).setTimeout(timeoutMs);
  return {
    ...inPage(page, "firefox"),
    click: (role, name) => found(role, name).click(),
    fill: (name, text) => found("textbox", name).fill(text),
    sees: async (role, name, within) => {
      await found(role, name, within?.timeoutMs).setVisibility("visible").wait();
    },
    requests: () => requests,
    problems: () => problems,
    close: () => browser.close(),
  };
}
