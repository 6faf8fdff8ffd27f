import { end, start } from "../lifetime.ts";

// Wrangler may ask to log in, so it gets this terminal. It builds the app itself, by [build].
const child = start("wrangler", ["deploy", ...process.argv.slice(2)], { stdio: "inherit" });
child.once("exit", (code) => void end(code ?? 1));
