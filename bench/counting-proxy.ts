import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A way to a service that counts what passes. */
export type CountingProxy = {
  readonly url: string;
  /** Payload of TCP, both ways, since the proxy was opened. */
  readonly bytes: () => number;
  readonly close: () => Promise<void>;
};

/** Listens on `port` of the loopback and passes everything on to the service at `url`. */
export async function openCountingProxy(options: {
  readonly url: string;
  readonly port: number;
}): Promise<CountingProxy> {
  const { hostname, port } = new URL(options.url);
  const open = new Set<Socket>();
  let bytes = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (chunk) => {
        bytes += chunk.length;
      });
      from.pipe(to);
      // Browsers drop connections when they close; the other half has no more to say then.
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${options.port}`,
    bytes: () => bytes,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
