import { build } from "../build.ts";
import { beforeEnd, end } from "../lifetime.ts";
import { isPortFree, listenOptions } from "../listen.ts";
import { serve } from "../serve.ts";

const options = listenOptions(process.argv.slice(2), process.env);
if (!options.ok) {
  console.error(options.error);
  await end(1);
} else {
  const { host, port, stateDir, vars } = options.value;
  if (!(await isPortFree(host, port))) {
    console.error(
      `Port ${port} on ${host} is taken. Stop what listens there, or choose another: PORT=${port + 1} npm start`,
    );
    await end(1);
  }
  const built = await build();
  if (!built.ok) {
    console.error(`${built.output}\nThe build failed; the lines above say where.`);
    await end(1);
  }
  const server = await serve({ host, port, stateDir, vars });
  beforeEnd(() => server.close());
  console.log(`Sotto is ready: ${server.url}`);
}
