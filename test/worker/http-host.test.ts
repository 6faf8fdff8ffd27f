import { describe, expect, it } from "vitest";
import { delegationBoundBytes, type Delegation } from "../../protocol/delegation.ts";
import {
  claimsOf,
  createRoom,
  hostProof,
  makeDevice,
  makeRoom,
  makeSigningKeys,
  type MadeRoom,
  postJson,
  type RoomDevice,
  sign,
  type SigningKeys,
  tokenBody,
} from "../support/room-client-keys.ts";
import { edgeUnderTest, type EdgeUnderTest } from "./edge-under-test.ts";

const nowSec = () => Math.floor(Date.now() / 1000);

type Shown = Parameters<typeof hostProof>[3];

/** Asks for a token as a device, with a host proof for the second `proofAtSec`. */
async function ask(
  edge: EdgeUnderTest,
  room: MadeRoom,
  device: RoomDevice,
  shown?: Shown & { readonly proofAtSec?: number; readonly of?: RoomDevice },
) {
  const atSec = nowSec();
  const body = await tokenBody(room, device, atSec);
  const proof =
    shown && (await hostProof(room, shown.of ?? device, shown.proofAtSec ?? atSec, shown));
  const response = await postJson(edge, `/api/rooms/${room.roomId}/tokens`, {
    ...body,
    hostProof: proof,
  });
  const answer: {
    readonly code?: string;
    readonly token?: string;
    readonly iceServers?: object[];
  } = await response.json();
  return { status: response.status, ...answer };
}
const claims = ({ token }: { readonly token?: string }) => claimsOf(token ?? "");

async function delegationBy(
  host: SigningKeys,
  room: Pick<MadeRoom, "roomId">,
  delegate: SigningKeys,
  given: Partial<Pick<Delegation, "role" | "serial" | "expiresAtSec">> = {},
): Promise<Delegation> {
  const delegated = {
    delegateKey: delegate.publicKey,
    role: "co-host",
    serial: 4,
    expiresAtSec: nowSec() + 3_600,
    ...given,
  } as const;
  const signature = await sign(host, delegationBoundBytes(room.roomId, delegated));
  return { ...delegated, hostKey: host.publicKey, signature };
}
const LINKS = { hostLinks: [{ role: "co-host", serial: 4 }] } as const;

describe("a token request that shows a host proof", () => {
  it("[HOST-4, TOKEN-1] by the host key enters as host on any device, listed or not", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge);
    const answer = await ask(edge, room, await makeDevice(), { keys: room.hostKeys });
    expect(claims(answer)).toMatchObject({ role: "host", delegation: 0 });
  });

  it("[HOST-4, HOST-6] by a listed delegate enters in the delegation's role, and is banned by no member id", async () => {
    const edge = edgeUnderTest();
    const device = await makeDevice();
    const room = await createRoom(edge, { ...LINKS, bannedMemberIds: [device.memberId] });
    const keys = await makeSigningKeys();
    const delegation = await delegationBy(room.hostKeys, room, keys);
    const answer = await ask(edge, room, device, { keys, delegation });
    expect(claims(answer)).toMatchObject({ role: "co-host", delegation: 4 });
    expect(await ask(edge, room, device)).toEqual({ status: 403, code: "banned" });
  });

  it("[HOST-4] by a delegate past its time, or not listed, is told so", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge, LINKS);
    const keys = await makeSigningKeys();
    const expiresAtSec = nowSec();
    const late = await delegationBy(room.hostKeys, room, keys, { expiresAtSec });
    const other = await delegationBy(room.hostKeys, room, keys, { serial: 5 });
    const more = await delegationBy(room.hostKeys, room, keys, { role: "host" });
    const device = await makeDevice();
    expect(await ask(edge, room, device, { keys, delegation: late })).toEqual({
      status: 403,
      code: "delegation-expired",
    });
    for (const delegation of [other, more]) {
      expect(await ask(edge, room, device, { keys, delegation })).toEqual({
        status: 403,
        code: "delegation-withdrawn",
      });
    }
  });

  it("[HOST-4] by a stranger, a delegate of a stranger, for another device or another second is invalid", async () => {
    const edge = edgeUnderTest();
    const room = await createRoom(edge, LINKS);
    const [mallory, keys] = [await makeSigningKeys(), await makeSigningKeys()];
    const device = await makeDevice();
    const delegation = await delegationBy(room.hostKeys, room, keys);
    const shown = [
      { keys: mallory },
      { keys, delegation: await delegationBy(mallory, room, keys) },
      { keys: mallory, delegation },
      { keys, delegation: await delegationBy(room.hostKeys, await makeRoom(), keys) },
      { keys: room.hostKeys, of: await makeDevice() },
      { keys: room.hostKeys, proofAtSec: nowSec() - 10 },
    ];
    for (const by of shown) {
      expect(await ask(edge, room, device, by)).toEqual({
        status: 401,
        code: "host-proof-invalid",
      });
    }
    const body = { ...(await tokenBody(room, device)), hostProof: "AAAA" };
    const response = await postJson(edge, `/api/rooms/${room.roomId}/tokens`, body);
    expect([response.status, await response.json()]).toEqual([401, { code: "host-proof-invalid" }]);
  });
});

describe("ICE servers", () => {
  const vars = {
    STUN_URLS: "stun:stun.example",
    TURN_URLS: "turn:turn.example",
    TURN_SECRET: "a secret",
  };
  const stun = { urls: ["stun:stun.example"] };
  const turn = expect.objectContaining({ urls: ["turn:turn.example"] });

  it.each([{ mode: "knock" }, { locked: true }] as const)(
    "[HTTP-5] where one is let in by a host (%o), a stranger with the link gets STUN and no leave to relay; a host gets TURN",
    async (wishes) => {
      const edge = edgeUnderTest({ vars });
      const room = await createRoom(edge, wishes);
      const { iceServers } = await ask(edge, room, await makeDevice());
      expect(iceServers).toEqual([stun]);
      const asHost = await ask(edge, room, await makeDevice(), { keys: room.hostKeys });
      expect(asHost.iceServers).toEqual([stun, turn]);
      expect((await ask(edge, room, room.hostDevice)).iceServers).toEqual([stun, turn]);
    },
  );

  it("[HTTP-5] in an open room all who hold the link get TURN", async () => {
    const edge = edgeUnderTest({ vars });
    const room = await createRoom(edge);
    expect((await ask(edge, room, await makeDevice())).iceServers).toEqual([stun, turn]);
  });
});
