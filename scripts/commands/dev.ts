import { forgetBuild } from "../build.ts";
import { isPortFree, listenOptions } from "../listen.ts";
import { end, start } from "../lifetime.ts";

const options = listenOptions(process.argv.slice(2), process.env);
if (!options.ok) {
  console.error(options.error);
  await end(1);
} else {
  const { host, port, stateDir, vars } = options.value;
  if (!(await isPortFree(host, port))) {
    console.error(
      `Port ${port} on ${host} is taken. Stop what listens there, or choose another: PORT=${port + 1} npm run dev`,
    );
    await end(1);
  }
  // What it builds reloads itself, and is not what `npm start` serves.
  forgetBuild();
  // Wrangler watches the Worker, and rebuilds the web app when a folder of [build] changes.
  const wrangler = start(
    "wrangler",
    [
      "dev",
      "--local",
      `--ip=${host}`,
      `--port=${port}`,
      `--persist-to=${stateDir}`,
      "--show-interactive-dev-session=false",
      ...Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]),
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, SOTTO_DEV: "1", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    },
  );
  let rest = "";
  wrangler.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    // Wrangler prints the path of each request, and room ids stand there.
    for (const line of lines) if (!/^\[wrangler:\w+\] [A-Z]+ \//.test(line)) console.log(line);
  });
  wrangler.once("exit", (code) => void end(code ?? 1));
}
