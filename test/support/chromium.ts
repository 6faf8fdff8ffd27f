import { type Browser, chromium, type Page } from "playwright-core";
import { collectProblems, inPage } from "./driven-page.ts";
import { PATIENCE_MS, type Person } from "./person.ts";

const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--disable-background-timer-throttling",
  "--allow-loopback-in-peer-connection",
  // TURN over TLS here has a certificate of its own making.
  "--ignore-certificate-errors",
  "--use-fake-device-for-media-stream",
];
/** What a person would have to click; left out where that very thing is tested. */
const LENIENT = ["--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"];

export const chromiumProgram = (): string => process.env["SOTTO_CHROMIUM"] ?? "/usr/bin/chromium";

export const launchChromium = (options: {
  readonly env: Readonly<Record<string, string>>;
  readonly isStrict: boolean;
  /** Where Chromium is to run by way of another program: inside a network namespace. */
  readonly program?: string;
  readonly moreArguments?: readonly string[];
}): Promise<Browser> =>
  chromium.launch({
    executablePath: options.program ?? chromiumProgram(),
    args: [...ARGUMENTS, ...(options.isStrict ? [] : LENIENT), ...(options.moreArguments ?? [])],
    // Its own default mutes the sound that tests listen for.
    ignoreDefaultArgs: ["--mute-audio"],
    env: { ...definedOf(process.env), ...options.env },
  });

const definedOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** A person whose page a test may also take hold of as Playwright does: sockets, tabs, crashes. */
export type ChromiumPerson = Person & { readonly page: Page };

/** A person in a context of their own, within one shared Chromium. */
export async function newChromiumPerson(
  browser: Browser,
  options: { readonly isStrict: boolean; readonly width: number; readonly height: number },
): Promise<ChromiumPerson> {
  const context = await browser.newContext({
    viewport: { width: options.width, height: options.height },
    ignoreHTTPSErrors: true,
    // Without the permission, candidates hide local addresses behind mDNS names.
    permissions: options.isStrict ? [] : ["camera", "microphone"],
  });
  const page = await context.newPage();
  const requests: string[] = [];
  const { problems, pageerror, console } = collectProblems();
  page.on("pageerror", pageerror).on("console", console);
  context.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));
  return {
    ...inPage(page, "chromium"),
    page,
    click: (role, name) =>
      page.getByRole(role, { name, exact: true }).click({ timeout: PATIENCE_MS }),
    fill: (name, text) =>
      page.getByRole("textbox", { name, exact: true }).fill(text, { timeout: PATIENCE_MS }),
    sees: (role, name, within) =>
      page
        .getByRole(role, { name, exact: true })
        .first()
        .waitFor({ state: "visible", timeout: within?.timeoutMs ?? PATIENCE_MS }),
    requests: () => requests,
    problems: () => problems,
    close: () => context.close(),
  };
}
