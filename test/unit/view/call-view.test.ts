import { describe, expect, it } from "vitest";
import { en } from "../../../web/i18n/en.ts";
import { createCallView } from "../../../web/view/call-view.ts";
import type { LinkSharing, PagePorts } from "../../../web/view/page-ports.ts";
import { createFakeCall, fakeLink, mediaOff, person } from "../../support/fake-call.ts";

const noSharing: LinkSharing = { copy: () => Promise.resolve(false), share: undefined };

const chimes = { knock: () => undefined };
/** An address bar that keeps what is written over it. */
const bar = (link = "/r/x#k") => {
  const replaced: string[] = [];
  const address: PagePorts["address"] = {
    origin: "https://sotto.test",
    path: () => link.split("#")[0] ?? "",
    fragment: () => `#${link.split("#")[1] ?? ""}`,
    replace: (next) => {
      link = next;
      replaced.push(next);
    },
    go: () => undefined,
    reload: () => undefined,
    onChange: () => () => undefined,
  };
  return { address, replaced };
};
const { address } = bar();

const open = (first: Parameters<typeof createFakeCall>[0] = {}, sharing = noSharing) => {
  const fake = createFakeCall(first);
  return { fake, view: createCallView(fake.call, { sharing, chimes, address }, en) };
};
const key = (name: string) => ({
  key: name,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  repeat: false,
});

describe("which page of a call is shown", () => {
  it.each([
    ["lobby", "lobby"],
    ["knocking", "waiting"],
    ["joining", "call"],
    ["live", "call"],
    ["reconnecting", "call"],
    ["left", "left"],
  ] as const)("%s is on the page %s", (phase, screen) => {
    expect(open({ phase }).view.screen.value).toBe(screen);
  });

  it("a failure that another try may mend stays in the lobby", () => {
    const { view } = open({ failure: "call-full" });
    expect(view.screen.value).toBe("lobby");
    expect(view.problem.value?.title).toBe(en.failures["call-full"].title);
  });

  it("a failure that no try mends takes the lobby's place", () => {
    expect(open({ failure: "link-replaced" }).view.screen.value).toBe("failed");
  });

  it("a failure in the call leaves everybody in sight", () => {
    expect(open({ phase: "live", failure: "group-forked" }).view.screen.value).toBe("call");
  });

  it("another tab's call can be moved here", () => {
    const { fake, view } = open({ elsewhere: true });
    expect(view.screen.value).toBe("elsewhere");
    view.moveHere();
    expect(fake.asked).toContain("move here");
    expect(view.screen.value).toBe("lobby");
  });
});

describe("the name", () => {
  it("is sent without the spaces around it, and stays in the field as it is typed", () => {
    const { fake, view } = open();
    view.setName("Ann ");
    expect(view.name.value).toBe("Ann ");
    expect(fake.asked).toEqual(["name Ann"]);
  });
});

describe("microphone and camera", () => {
  it("a press turns off what is on, and on what is off or failed", () => {
    const { fake, view } = open({
      media: { ...mediaOff, camera: { phase: "failed", code: "media-busy" } },
    });
    expect(view.camera.value.on).toBe(false);
    expect(view.camera.value.problem?.title).toBe("Another program is using the camera.");
    view.toggle("camera");
    view.toggle("microphone");
    view.toggle("microphone");
    expect(fake.asked).toEqual(["turn camera on", "turn microphone on", "turn microphone off"]);
  });

  it("a question that is still open can be taken back", () => {
    const { fake, view } = open({ media: { ...mediaOff, microphone: { phase: "asking" } } });
    view.toggle("microphone");
    expect(fake.asked).toEqual(["turn microphone off"]);
  });

  it("devices without a name are numbered, and the one in use is chosen", () => {
    const { view } = open({
      media: {
        ...mediaOff,
        microphone: { phase: "on", track: {}, deviceId: "m2", label: "" },
        devices: [
          { kind: "microphone", deviceId: "m1", label: "" },
          { kind: "microphone", deviceId: "m2", label: "" },
        ],
      },
    });
    const [microphone, camera, speaker] = view.devices.value;
    expect(microphone?.options.map(({ label }) => label)).toEqual(["Microphone 1", "Microphone 2"]);
    expect(microphone?.chosenId).toBe("m2");
    expect(camera).toMatchObject({ options: [], none: "No camera found" });
    // Browsers that can't direct sound list no speaker: then there is nothing to choose.
    expect(speaker).toBeUndefined();
  });
});

describe("what is announced", () => {
  it("joins and leaves by name, the last three only", () => {
    const { fake, view } = open({ phase: "live" });
    for (const name of ["Ann", "Ben", undefined]) fake.notice({ type: "joined", name });
    fake.notice({ type: "lost", name: "Ann" });
    expect(view.announcements.value.map(({ text }) => text)).toEqual([
      "Ben joined",
      "Guest joined",
      "Ann lost the connection",
    ]);
  });

  it("the same words twice are two announcements", () => {
    const { fake, view } = open();
    fake.notice({ type: "joined", name: "Ann" });
    fake.notice({ type: "joined", name: "Ann" });
    expect(new Set(view.announcements.value.map(({ id }) => id)).size).toBe(2);
  });

  it("a failure is an alert that stays until it is dismissed, once however often it comes", () => {
    const { fake, view } = open({ phase: "live" });
    fake.notice({ type: "failure", code: "fingerprint-mismatch" });
    fake.notice({ type: "failure", code: "fingerprint-mismatch" });
    expect(view.alerts.value).toHaveLength(1);
    expect(view.alerts.value[0]?.text).toContain("use another network");
    view.dismiss(view.alerts.value[0]?.id ?? 0);
    expect(view.alerts.value).toEqual([]);
  });
});

describe("a device that fails in the call", () => {
  it("is an alert that says what to do, for there is no other place for it", () => {
    const { fake, view } = open({ phase: "live" });
    fake.become({ media: { ...mediaOff, camera: { phase: "failed", code: "media-busy" } } });
    expect(view.alerts.value.map(({ text }) => text)).toEqual([
      expect.stringContaining("Another program is using the camera."),
    ]);
  });

  it("is none in the lobby, where it stands beside the picture, nor once more as the call begins", () => {
    const { fake, view } = open({
      media: { ...mediaOff, camera: { phase: "failed", code: "media-busy" } },
    });
    fake.become({ phase: "live" });
    expect(view.alerts.value).toEqual([]);
  });
});

describe("the settings", () => {
  it("say whether AV1 is wanted, and change it", () => {
    const { fake, view } = open({ phase: "live" });
    expect(view.preferAv1.value).toBe(false);
    view.setPreferAv1(true);
    expect(view.preferAv1.value).toBe(true);
    expect(fake.asked).toEqual(["prefer AV1 true"]);
  });
});

describe("the link", () => {
  it("is copied whole, and that is said", async () => {
    const copied: string[] = [];
    const { view } = open(
      {},
      {
        copy: (link) => {
          copied.push(link);
          return Promise.resolve(true);
        },
        share: undefined,
      },
    );
    expect(await view.copyLink()).toBe(true);
    expect(copied).toEqual([fakeLink]);
    expect(view.announcements.value.at(-1)?.text).toBe("Link copied");
  });

  it("where copying is not allowed, that is said", async () => {
    const { view } = open();
    expect(await view.copyLink()).toBe(false);
    expect(view.alerts.value.at(-1)?.text).toBe(en.call.linkNotCopied);
  });

  it("is offered to the system only where the system takes it", () => {
    const shared: unknown[] = [];
    expect(open().view.canShare).toBe(false);
    const { view } = open({ label: "Tea" }, { ...noSharing, share: (link) => shared.push(link) });
    view.shareLink();
    expect(shared).toEqual([{ title: "Tea", url: fakeLink }]);
  });
});

describe("keys", () => {
  it("M and V switch microphone and camera in lobby and call, P shows the people in the call", () => {
    const { fake, view } = open({ phase: "live" });
    expect(view.press(key("m"), false)).toBe(true);
    expect(view.press(key("V"), false)).toBe(true);
    expect(view.press(key("p"), false)).toBe(true);
    expect(fake.asked).toEqual(["turn microphone on", "turn camera on"]);
    expect(view.peopleShown.value).toBe(true);
  });

  it("nothing happens while somebody types, holds a modifier or holds the key", () => {
    const { fake, view } = open({ phase: "live" });
    expect(view.press(key("m"), true)).toBe(false);
    expect(view.press({ ...key("m"), ctrlKey: true }, false)).toBe(false);
    expect(view.press({ ...key("m"), repeat: true }, false)).toBe(false);
    expect(fake.asked).toEqual([]);
  });

  it("nothing happens behind the settings or after the call", () => {
    const { fake, view } = open({ phase: "live" });
    view.settingsShown.value = true;
    expect(view.press(key("m"), false)).toBe(false);
    view.settingsShown.value = false;
    fake.become({ phase: "left" });
    expect(view.press(key("m"), false)).toBe(false);
    expect(view.press(key("p"), false)).toBe(false);
    expect(fake.asked).toEqual([]);
  });
});

describe("the security code", () => {
  it("is asked for while it is shown, and no key works behind it", () => {
    const { fake, view } = open({ phase: "live" });
    view.openCode();
    expect(view.codeShown.value).toBe(true);
    expect(view.press(key("m"), false)).toBe(false);
    view.closeCode();
    view.closeCode();
    expect(view.codeShown.value).toBe(false);
    expect(fake.asked).toEqual(["show code", "hide code"]);
  });

  it("that can't be loaded is closed, and it is told", () => {
    const { fake, view } = open({ phase: "live" });
    view.openCode();
    view.codeNotLoaded();
    expect(view.codeShown.value).toBe(false);
    expect(view.alerts.value.map(({ text }) => text)).toEqual([en.call.code.notLoaded]);
    expect(fake.asked).toEqual(["show code", "hide code"]);
  });

  it("a changed identity is an alert that stays, once; who joined since is said in passing", () => {
    const { fake, view } = open({ phase: "live" });
    fake.notice({ type: "identity-changed", name: "Ann" });
    fake.notice({ type: "identity-changed", name: "Ann" });
    fake.notice({ type: "joined-since-compared", name: undefined });
    expect(view.alerts.value.map(({ text }) => text)).toEqual([
      en.notices["identity-changed"]("Ann"),
    ]);
    expect(view.announcements.value.map(({ text }) => text)).toEqual([
      "Guest joined since you compared the security code",
    ]);
  });
});

describe("the stage", () => {
  const stage = { width: 1_200, height: 640 };

  it("alone, the place beside oneself invites", () => {
    const { view } = open({ phase: "live" });
    view.setStage(stage);
    expect(view.stage.value.places).toHaveLength(1);
    expect(view.stage.value.invitation).toBeDefined();
  });

  it("while joining nobody is invited", () => {
    const { view } = open({ phase: "joining" });
    view.setStage(stage);
    expect(view.stage.value.invitation).toBeUndefined();
  });

  it.each([2, 3, 16])("%i people have a place each", (count) => {
    const people = Array.from({ length: count }, (_, index) =>
      person({ key: `${index}`, isSelf: index === 0 }),
    );
    const { view } = open({ phase: "live", people });
    view.setStage(stage);
    expect(view.stage.value.places).toHaveLength(count);
    expect(view.stage.value.isDuo).toBe(count === 2);
  });
});

describe("leaving and coming back", () => {
  it("Rejoin goes back into the call by itself", () => {
    const { fake, view } = open({ phase: "left" });
    view.rejoin();
    expect(fake.asked).toEqual(["again", "join"]);
    expect(view.screen.value).toBe("call");
  });

  it("a closed view hears no more of its call", () => {
    const { fake, view } = open();
    view.close();
    fake.become({ phase: "live" });
    fake.notice({ type: "joined", name: "Ann" });
    expect(view.phase.value).toBe("lobby");
    expect(view.announcements.value).toEqual([]);
    expect(fake.asked).toEqual(["close"]);
  });
});
