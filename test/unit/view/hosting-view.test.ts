import { describe, expect, it } from "vitest";
import type { CallSnapshot, HostingState } from "../../../web/core/call-state.ts";
import type { HostDeed } from "../../../web/core/host-deeds.ts";
import type { MemberId } from "../../../protocol/ids.ts";
import { en } from "../../../web/i18n/en.ts";
import { createCallView } from "../../../web/view/call-view.ts";
import { createLater } from "../../../web/view/later.ts";
import type { PagePorts } from "../../../web/view/page-ports.ts";
import { createFakeCall, person } from "../../support/fake-call.ts";

const nobody: HostingState = {
  role: "host",
  mode: "open",
  locked: false,
  capacity: 16,
  waiting: [],
  bans: [],
  hostLinks: [],
  isKeyNews: false,
  undo: undefined,
};
const people = [
  person({ key: "ada", isSelf: true, role: "host" }),
  person({ key: "bob" }),
  person({ key: "cem", role: "co-host", microphone: false }),
  person({ key: "dot", role: "host" }),
];

function open(first: Partial<CallSnapshot> = {}) {
  let link = "/r/x#old";
  const heard: string[] = [];
  const address: PagePorts["address"] = {
    origin: "https://sotto.test",
    path: () => link.split("#")[0] ?? "",
    fragment: () => `#${link.split("#")[1] ?? ""}`,
    replace: (next) => {
      link = next;
    },
    go: () => undefined,
    reload: () => undefined,
    onChange: () => () => undefined,
  };
  const fake = createFakeCall({ phase: "live", people, hosting: nobody, ...first });
  const chimes = { knock: () => heard.push("knock") };
  const sharing = { copy: () => Promise.resolve(true), share: undefined };
  const view = createCallView(fake.call, { sharing, chimes, address }, en);
  const powers = (key: string): readonly string[] => {
    const tile = view.tiles.value.find((one) => one.key === key);
    if (tile === undefined) throw new Error("nobody of that key");
    return Object.entries(view.hosting.powersOver(tile)).flatMap(([name, may]) =>
      may ? [name] : [],
    );
  };
  return { fake, view, heard, powers, shown: () => link };
}

describe("[HOST-1] what is offered over whom", () => {
  it("a host may do all but to hosts, and mutes only who can be heard", () => {
    const { powers } = open();
    expect(powers("self")).toEqual([]);
    expect(powers("bob")).toEqual(["mute", "makeCoHost", "remove"]);
    expect(powers("cem")).toEqual(["withdrawCoHost", "remove"]);
    expect(powers("dot")).toEqual(["mute"]);
  });

  it("a co-host neither gives roles nor removes who has one", () => {
    const { powers } = open({ hosting: { ...nobody, role: "co-host" } });
    expect(powers("bob")).toEqual(["mute", "remove"]);
    expect(powers("cem")).toEqual([]);
  });

  it("a member may nothing", () => {
    expect(open({ hosting: undefined }).powers("bob")).toEqual([]);
  });
});

describe("who waits", () => {
  const waiting = (count: number): HostingState => ({
    ...nobody,
    waiting: Array.from({ length: count }, (_, index) => ({
      key: `w${index}`,
      name: `Waiter ${index}`,
      isKnown: false,
    })),
  });

  it("is one by name, several by number, and nobody once the list is open", () => {
    const { fake, view } = open();
    expect(view.hosting.waitingLine.value).toBeUndefined();
    fake.become({ hosting: waiting(1) });
    expect(view.hosting.waitingLine.value).toBe("Waiter 0 is waiting to join");
    fake.become({ hosting: waiting(50) });
    expect(view.hosting.waitingLine.value).toBe("50 people are waiting to join");
    view.hosting.dialog.value = { type: "waiting" };
    expect(view.hosting.waitingLine.value).toBeUndefined();
  });

  it("[KNOCK-3] is said once, with a sound", () => {
    const { fake, view, heard } = open();
    fake.notice({ type: "knock", name: "Bob" });
    expect(view.announcements.value.map(({ text }) => text)).toEqual(["Bob is waiting to join"]);
    expect(heard).toEqual(["knock"]);
  });
});

describe("[HOST-8] what hosts did", () => {
  const memberId = "bob" as MemberId;
  it.each<[HostDeed, Partial<{ byYou: boolean; whoIsYou: boolean }>, string]>([
    [{ type: "locked" }, {}, "Ada locked the call"],
    [{ type: "locked" }, { byYou: true }, "You locked the call"],
    [{ type: "removed", memberId }, {}, "Ada removed Bob"],
    [{ type: "made-co-host", memberId }, { whoIsYou: true }, "Ada made you a co-host"],
    [{ type: "capacity", people: 4 }, {}, "Ada set the call to 4 people"],
    [{ type: "new-link" }, {}, "Ada gave the call a new link"],
  ])("%o %o", (deed, change, said) => {
    const { fake, view } = open();
    const notice = { by: "Ada", who: "Bob", byYou: false, whoIsYou: false, ...change };
    fake.notice({ type: "host-deed", deed, ...notice });
    expect(view.announcements.value.at(-1)?.text).toBe(said);
  });
});

describe("the address", () => {
  it("[ROTATE-2] follows the link in force, and keeps what was opened until it is no more needed", () => {
    const { fake, shown } = open();
    expect(shown()).toBe("/r/x#old");
    fake.become({ address: "/r/x#new" });
    expect(shown()).toBe("/r/x#new");
  });
});

describe("a part that is fetched when it is wanted", () => {
  it("says when it did not come, and comes at the next try", async () => {
    let isOnline = false;
    let tries = 0;
    const later = createLater(async () => {
      tries += 1;
      if (!isOnline) throw new Error("no network");
      return "part";
    });
    expect(later.state.value).toEqual({ phase: "absent" });
    later.want();
    later.want();
    await Promise.resolve();
    await Promise.resolve();
    expect(later.state.value).toEqual({ phase: "failed" });
    isOnline = true;
    later.want();
    expect(later.state.value).toEqual({ phase: "loading" });
    await Promise.resolve();
    await Promise.resolve();
    expect(later.state.value).toEqual({ phase: "ready", part: "part" });
    later.want();
    expect(tries).toBe(2);
  });
});
