import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { desktop, startPages } from "./pages.ts";

/** Takes the README's picture: the call page as it is built, with drawn people in it. */
const path = fileURLToPath(new URL("../../docs/picture/call.png", import.meta.url));
const pages = await startPages({ isStrict: false });
try {
  const { page } = await pages.open("/r/x?phase=live&people=4&pictures=4#k", {
    viewport: desktop,
    colorScheme: "light",
  });
  await page.locator("article video[data-playing]").nth(3).waitFor();
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path });
} finally {
  await pages.close();
}
