// The room of the bare page: a WebSocket Durable Object that hands messages on. No tokens, no keys.
import { DurableObject } from "cloudflare:workers";

export class BareRoom extends DurableObject {
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    const id = crypto.randomUUID();
    const peers = this.ctx.getWebSockets().map((socket) => socket.deserializeAttachment());
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment(id);
    server.send(JSON.stringify({ type: "welcome", peers }));
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket, text) {
    const { to, ...message } = JSON.parse(text);
    const from = socket.deserializeAttachment();
    for (const other of this.ctx.getWebSockets()) {
      if (other.deserializeAttachment() === to) other.send(JSON.stringify({ ...message, from }));
    }
  }

  webSocketClose(socket) {
    this.#left(socket);
  }

  webSocketError(socket) {
    this.#left(socket);
  }

  #left(socket) {
    const from = socket.deserializeAttachment();
    for (const other of this.ctx.getWebSockets()) {
      if (other !== socket) other.send(JSON.stringify({ type: "left", from }));
    }
  }
}

export default {
  fetch: (request, env) => env.ROOM.getByName(new URL(request.url).pathname).fetch(request),
};
