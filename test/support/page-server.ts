import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { dataHeaders, pageHeaders } from "../../workers/http/security-headers.ts";
import type { BuiltPages } from "./built-pages.ts";

export type PageServer = {
  /** Without a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
};

/** Serves pages on localhost under the deployment's own headers; like there, every path without a file is the one page. */
export async function servePages(pages: BuiltPages): Promise<PageServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = pages.get(extname(pathname) === "" ? "/index.html" : pathname);
    const isPage = file?.contentType.startsWith("text/html") === true;
    for (const [name, value] of isPage ? pageHeaders() : dataHeaders())
      response.setHeader(name, value);
    // Not 404: a browser that asks for an icon would complain of it in the console, where tests look for complaints.
    if (file === undefined) response.writeHead(204).end();
    else response.writeHead(200, { "Content-Type": file.contentType }).end(file.body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
