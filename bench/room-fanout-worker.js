// The room itself, reached as the edge reaches it, and beside it the least a relay can be.
import { DurableObject } from "cloudflare:workers";
import { SOCKET_HEADERS } from "../durable-objects/rpc.ts";
import { fromBase64Url } from "../protocol/bytes.ts";

export { RoomServer } from "../durable-objects/room-server.ts";

export class BareRelay extends DurableObject {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket, message) {
    for (const other of this.ctx.getWebSockets()) {
      if (other !== socket) other.send(message);
    }
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [, kind, name] = pathname.split("/");
    if (kind === "bare") return env.BARE.getByName(name).fetch(request);
    const room = env.ROOM.getByName(name);
    if (request.method === "POST") {
      const parts = Object.entries(await request.json());
      const bytes = Object.fromEntries(parts.map(([part, text]) => [part, fromBase64Url(text)]));
      return new Response(await room.createRoom({ roomId: name, ...bytes }));
    }
    const headers = new Headers({ Upgrade: "websocket" });
    for (const [field, header] of Object.entries(SOCKET_HEADERS)) {
      headers.set(header, searchParams.get(field));
    }
    return room.fetch(new Request(request.url, { headers }));
  },
};
