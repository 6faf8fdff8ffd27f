import { Hono } from "hono";
import type { AppDeps } from "./deps.ts";
import { createEdge } from "./edge.ts";
import { refuse } from "./http/answers.ts";
import { dataHeaders } from "./http/security-headers.ts";
import type { Log } from "./log.ts";
import { createRoom } from "./routes/create-room.ts";
import { health } from "./routes/health.ts";
import { issueToken } from "./routes/issue-token.ts";
import { jwks } from "./routes/jwks.ts";
import { openSocket } from "./routes/open-socket.ts";

/** The whole HTTP side of the deployment but its static files. One per isolate. */
export function createApp(deps: AppDeps): Hono {
  const app = bareApp(deps.log);
  const edge = createEdge(deps);
  app.post("/api/rooms", createRoom(edge)).all(only("POST"));
  app.post("/api/rooms/:id/tokens", issueToken(edge)).all(only("POST"));
  app.get("/api/rooms/:id/socket", openSocket(edge)).all(only("GET"));
  app.get("/.well-known/jwks.json", jwks(edge)).all(only("GET, HEAD"));
  app.get("/healthz", health(edge)).all(only("GET, HEAD"));
  return app;
}

/** What is served while the configuration can't be used: nothing, and the log has said why. */
export function createUnconfiguredApp(log: Log): Hono {
  const app = bareApp(log);
  app.all("*", () => refuse("service-unavailable"));
  return app;
}

function bareApp(log: Log): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    // A socket is no document, and its answer's headers can't be changed.
    if (c.res.status === 101) return;
    for (const [name, value] of dataHeaders()) c.res.headers.set(name, value);
  });
  app.notFound(() => refuse("not-found"));
  app.onError((error) => {
    log({ code: "request-failed", detail: placeOf(error) });
    return refuse("service-unavailable");
  });
  return app;
}

const only = (allow: string) => (): Response =>
  refuse("method-not-allowed", { headers: { Allow: allow } });

/** The class of an error and where it arose; its message may quote what a caller sent. */
function placeOf(error: Error): string {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames.slice(0, 3).map((line) => line.trim())].join(" ");
}
