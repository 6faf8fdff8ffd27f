import { build, builtHashes } from "../build.ts";
import { checkDeployment, deploymentOrigin } from "../deployment/check-deployment.ts";
import { end } from "../lifetime.ts";
import { rootPath } from "../root.ts";

const origin = deploymentOrigin(process.argv[2]);
if (!origin.ok) {
  console.error(origin.error);
  await end(1);
} else {
  const built = await build();
  if (!built.ok) {
    console.error(`${built.output}\nThe build failed; the lines above say where.`);
    await end(1);
  }
  console.log(`Build   ${builtHashes().build}`);
  const differences = await checkDeployment(origin.value, rootPath("dist", "web"));
  for (const difference of differences) console.log(difference);
  console.log(differences.length === 0 ? "matches" : `differs (${differences.length})`);
  await end(differences.length === 0 ? 0 : 1);
}
