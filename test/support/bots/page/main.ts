import { parseLink } from "../../../../protocol/link.ts";
import { createCall } from "../../../../web/core/call.ts";
import type { Call } from "../../../../web/core/call-state.ts";
import { browserClock } from "../../../../web/io/clock.ts";
import { createCryptoWorkerClient } from "../../../../web/io/crypto-worker-client.ts";
import { createEdgeApi } from "../../../../web/io/edge-api.ts";
import { createPeerLinks } from "../../../../web/io/peer-links.ts";
import { createRoomSocket } from "../../../../web/io/room-socket.ts";
import { createSmallMedia } from "./small-media.ts";

/** What a bot says of the call it is in. */
export type BotReport = {
  readonly name: string;
  readonly phase: string;
  readonly failure: string | undefined;
  /** Name and link of everybody else it has on its list. */
  readonly others: readonly { readonly name: string | undefined; readonly link: string }[];
};

const { origin } = location;
const calls = new Map<string, Call>();

async function join(name: string, number: number, link: string): Promise<void> {
  const { pathname, hash } = new URL(link);
  const room = await parseLink(pathname, hash);
  if (!room.ok) throw new TypeError(`bot: ${room.error.code}`);
  const client = createCryptoWorkerClient({ profile: name });
  const links = await createPeerLinks({ transforms: client.transforms, clock: browserClock });
  if (!links.ok) throw new TypeError(`bot: ${links.error.code}`);
  const call = await createCall(room.value, origin, {
    crypto: client.crypto,
    links: links.value,
    media: createSmallMedia(number),
    edge: createEdgeApi({ origin, clock: browserClock }),
    openSocket: createRoomSocket({ origin, clock: browserClock }),
    clock: browserClock,
    memory: {
      name: () => name,
      rememberName: () => {},
      policySerial: () => 0,
      rememberPolicySerial: () => {},
      isKnocking: () => false,
      rememberKnocking: () => undefined,
      isToldOfHostKey: () => true,
      rememberToldOfHostKey: () => undefined,
      verified: () => [],
      rememberVerified: () => undefined,
      preferAv1: () => false,
      rememberAv1: () => undefined,
    },
    lock: { hold: () => Promise.resolve(() => {}) },
    random: Math.random,
    onFault: reportError,
  });
  calls.set(name, call);
  call.join();
}

const report = (): readonly BotReport[] =>
  [...calls].map(([name, call]) => {
    const { phase, failure, people } = call.snapshot();
    const others = people
      .filter((person) => !person.isSelf)
      .map((person) => ({ name: person.name, link: person.link }));
    // A bot shows everybody small, as its own picture is.
    for (const person of people) {
      if (!person.isSelf) call.setView(person.key, { width: 160, height: 120 });
    }
    return { name, phase, failure, others };
  });

const bots = {
  join,
  report,
  leave: (name: string): void => calls.get(name)?.leave(),
};
export type BotPage = typeof bots;
Object.assign(globalThis, { bots });
