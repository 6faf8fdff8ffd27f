/** Cloudflare's TURN service as its documentation shows it: `POST …/credentials/generate-ice-servers`. */
export class FakeTurnService {
  readonly asked: { url: string; authorization: string | null; body: unknown }[] = [];
  /** Answers instead of the service; for the ways it fails. */
  answer: (() => Promise<Response>) | undefined;
  readonly #nowMs: () => number;
  readonly #expiresAtSec = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const body: { ttl: number } = await request.json();
    this.asked.push({
      url: request.url,
      authorization: request.headers.get("Authorization"),
      body,
    });
    if (this.answer !== undefined) return await this.answer();
    const username = `user-${this.asked.length}`;
    this.#expiresAtSec.set(username, this.#nowMs() / 1000 + body.ttl);
    const iceServers = [
      { urls: ["stun:stun.cloudflare.com:3478", "stun:stun.cloudflare.com:53"] },
      {
        urls: [
          "turn:turn.cloudflare.com:3478?transport=udp",
          "turn:turn.cloudflare.com:53?transport=udp",
          "turns:turn.cloudflare.com:5349?transport=tcp",
          "turns:turn.cloudflare.com:443?transport=tcp",
        ],
        username,
        credential: `password-${this.asked.length}`,
      },
    ];
    return Response.json({ iceServers }, { status: 201 });
  };

  /** Until when a user name it gave out is good. */
  expiresAtSec(username: string): number {
    const expiresAtSec = this.#expiresAtSec.get(username);
    if (expiresAtSec === undefined) throw new Error("the service never gave out this user name");
    return expiresAtSec;
  }
}
