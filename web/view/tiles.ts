import type { CallSnapshot, Person } from "../core/call-state.ts";
import type { Trust } from "../core/verified-people.ts";
import type { MediaHandle } from "../core/peer-link.ts";
import type { Catalogue } from "../i18n/catalogue.ts";
import { initials, tintOf } from "./initials.ts";

/** One's own key wherever there is no member id yet, and for `level` always. */
export const SELF_KEY = "self";

/** A person as the page shows them. */
export type Tile = {
  readonly key: string;
  readonly isSelf: boolean;
  /** Accessible name of the tile: own is "You". */
  readonly label: string;
  /** In the list of people. */
  readonly fullName: string;
  /** Empty where the name is not known. */
  readonly initials: string;
  readonly tint: number;
  readonly role: Person["role"];
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly speaking: boolean;
  readonly trust: Trust;
  /** Said on the tile when the connection is not as it should be. */
  readonly trouble: string | undefined;
  readonly troubleHint: string | undefined;
  /** Said in the list of people. */
  readonly connection: string;
  readonly video: MediaHandle | undefined;
  readonly audio: MediaHandle | undefined;
};

/** Oneself first, then the others in the order the call has them. */
export function tilesOf(snapshot: CallSnapshot, text: Catalogue): readonly Tile[] {
  const self = snapshot.people.find((person) => person.isSelf) ?? selfOf(snapshot);
  const others = snapshot.people.filter((person) => !person.isSelf);
  return [selfTile(self, snapshot, text), ...others.map((person) => tileOf(person, text))];
}

/** Before the group has us, we are what the lobby knows of us. */
function selfOf({ name, media }: CallSnapshot): Person {
  return {
    key: SELF_KEY,
    isSelf: true,
    name: name === "" ? undefined : name,
    role: undefined,
    microphone: media.microphone.phase === "on",
    camera: media.camera.phase === "on",
    speaking: false,
    trust: "unknown",
    link: "self",
    path: undefined,
    video: media.preview,
    audio: undefined,
  };
}

function selfTile(self: Person, snapshot: CallSnapshot, text: Catalogue): Tile {
  const tile = tileOf(self, text);
  const name = self.name ?? snapshot.name;
  return {
    ...tile,
    label: text.call.you,
    fullName: name === "" ? text.call.you : `${name} (${text.call.you})`,
    initials: initials(name),
    // A stable key: the tile must not be made anew when the group gives us a member id.
    key: SELF_KEY,
    video: self.camera ? (self.video ?? snapshot.media.preview) : undefined,
    // Nobody should hear themselves.
    audio: undefined,
  };
}

function tileOf(person: Person, text: Catalogue): Tile {
  const name = person.name ?? text.call.someone;
  return {
    key: person.key,
    isSelf: person.isSelf,
    label: name,
    fullName: name,
    initials: initials(person.name ?? ""),
    tint: tintOf(person.key),
    role: person.role,
    microphone: person.microphone,
    camera: person.camera,
    speaking: person.speaking && person.microphone,
    trust: person.trust,
    trouble: troubleOf(person, text),
    troubleHint: hintOf(person, text),
    connection: connectionOf(person, text),
    video: person.camera ? person.video : undefined,
    audio: person.audio,
  };
}

function troubleOf({ link, trust }: Person, text: Catalogue): string | undefined {
  if (link !== "self" && link !== "connected") return text.links[link];
  return trust === "changed" ? text.call.trust.changed : undefined;
}

function connectionOf({ link, path }: Person, text: Catalogue): string {
  if (link !== "connected" || path === undefined) return text.links[link];
  return path === "direct" ? text.links.connectedDirect : text.links.connectedRelayed;
}

function hintOf({ link }: Person, text: Catalogue): string | undefined {
  switch (link) {
    case "failed":
    case "not-reached":
    case "forked":
      return text.linkHints[link];
    case "self":
    case "connecting":
    case "connected":
    case "reconnecting":
      return undefined;
  }
}
