import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../protocol/bytes.ts";
import { deriveLinkKeys, parseLink } from "../../protocol/link.ts";
import type { ChromiumPerson } from "../support/chromium.ts";
import { joinCall, seesExactly, seesMovingPicture, startCall } from "../support/in-a-call.ts";
import { foreignRequests } from "../support/person.ts";
import { useStage } from "../support/stage.ts";

/** Everything that crosses a person's socket, and the bodies of their requests, both ways. */
function recordTraffic(person: ChromiumPerson): {
  readonly socket: Buffer[];
  readonly http: string[];
} {
  const socket: Buffer[] = [];
  const http: string[] = [];
  person.page.on("websocket", (line) => {
    const keep = ({ payload }: { payload: string | Buffer }): void => {
      socket.push(Buffer.from(payload));
    };
    line.on("framesent", keep);
    line.on("framereceived", keep);
  });
  person.page.on("request", (request) => {
    http.push(
      `${request.url()}\n${request.postData() ?? ""}\n${JSON.stringify(request.headers())}`,
    );
  });
  return { socket, http };
}

const filesOf = (directory: string): readonly Buffer[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

describe("the service, reading all it is given,", () => {
  const stage = useStage();

  it("finds no name, session description, address, label or secret, and writes no id down", async () => {
    const [ann, bob] = [await stage.chromiumPerson(), await stage.chromiumPerson()];
    const { url } = stage.server();
    const traffic = [recordTraffic(ann), recordTraffic(bob)];
    const names = ["Annabella Quistgaard", "Bartholomew Ypsilanti"] as const;
    const label = "Zwetschgenknödel";
    const bare = await startCall(ann, url, names[0]);
    const link = `${bare}/${encodeURIComponent(label)}`;
    await joinCall(bob, link, names[1]);
    await seesExactly(ann, [names[1]]);
    await seesMovingPicture(ann, names[1]);
    await seesMovingPicture(bob, names[0]);

    const address = new URL(bare);
    const room = await parseLink(address.pathname, address.hash);
    if (!room.ok) throw new Error(room.error.code);
    const { access, envelope } = await deriveLinkKeys(room.value.secret);
    const secretText = address.hash.slice(1, 23);
    const sealed = [
      ...names,
      label,
      secretText,
      "v=0",
      "a=fingerprint",
      "a=ice-ufrag",
      "candidate:",
      "127.0.0.1",
    ].map((text) => Buffer.from(text));
    const keys = [room.value.secret, envelope].map((bytes) => Buffer.from(bytes));

    const frames = traffic.flatMap(({ socket }) => socket);
    expect(frames.length).toBeGreaterThan(20);
    for (const word of [...sealed, ...keys, Buffer.from(access)]) {
      expect(frames.filter((frame) => frame.includes(word))).toEqual([]);
    }
    const stored = filesOf(stage.server().stateDir);
    expect(stored.length).toBeGreaterThan(0);
    for (const word of [...sealed.slice(0, 4), ...keys, Buffer.from(access)]) {
      expect(stored.filter((file) => file.includes(word)).length).toBe(0);
    }
    const requests = traffic.flatMap(({ http }) => http).join("\n");
    for (const text of [...names, label, encodeURIComponent(label), secretText]) {
      expect(requests).not.toContain(text);
    }
    // What the edge must see to know a caller goes in the body, never into an address.
    const addresses = [...ann.requests(), ...bob.requests()].join("\n");
    expect(requests).toContain(toBase64Url(access));
    expect(addresses).not.toContain(toBase64Url(access));

    const output = stage.server().output();
    for (const text of [room.value.roomId, toBase64Url(access), secretText, "eyJ", ...names]) {
      expect(output).not.toContain(text);
    }
    for (const person of [ann, bob]) expect(foreignRequests(person, url)).toEqual([]);
  });
});
