import { describe, expect, it } from "vitest";
import type { CallFailureCode } from "../../../web/core/call-state.ts";
import { en } from "../../../web/i18n/en.ts";
import { createAppView } from "../../../web/view/app-view.ts";
import type { OpenedCall, PagePorts } from "../../../web/view/page-ports.ts";
import { createFakeCall, type FakeCall } from "../../support/fake-call.ts";

type World = {
  readonly ports: PagePorts;
  readonly opened: { readonly link: string; readonly answer: (opened: OpenedCall) => void }[];
  readonly labels: (string | undefined)[];
  /** Where the page was when it asked which build it is of. */
  readonly builds: string[];
  readonly modes: string[];
  /** The reader changes the address by hand. */
  readonly travel: (link: string) => void;
};

function world(
  start: string,
  { unsupported, refuse }: { unsupported?: CallFailureCode; refuse?: CallFailureCode } = {},
): World {
  let link = start;
  let listener = (): void => undefined;
  const opened: World["opened"] = [];
  const labels: World["labels"] = [];
  const builds: World["builds"] = [];
  const modes: World["modes"] = [];
  const split = () => {
    const at = link.indexOf("#");
    return at === -1 ? [link, ""] : [link.slice(0, at), link.slice(at)];
  };
  return {
    opened,
    labels,
    builds,
    modes,
    travel: (next) => {
      link = next;
      listener();
    },
    ports: {
      unsupported,
      startLobby: () => ({
        newCall: ({ label, mode }) => {
          labels.push(label);
          modes.push(mode);
          return Promise.resolve(
            refuse === undefined
              ? { ok: true as const, link: "/r/new#secret" }
              : { ok: false as const, code: refuse },
          );
        },
      }),
      openCall: (path, fragment) =>
        new Promise((resolve) => {
          opened.push({ link: path + fragment, answer: resolve });
        }),
      address: {
        origin: "https://sotto.test",
        path: () => split()[0] ?? "",
        fragment: () => split()[1] ?? "",
        go: (next) => {
          link = next;
        },
        replace: (next) => {
          link = next;
        },
        reload: () => undefined,
        onChange: (next) => {
          listener = next;
          return () => {
            listener = () => undefined;
          };
        },
      },
      chimes: { knock: () => undefined },
      sharing: { copy: () => Promise.resolve(true), share: undefined },
      servedBuild: () => {
        builds.push(link);
        return Promise.resolve("0123456789ab");
      },
    },
  };
}

const answerWith = (fake: FakeCall): OpenedCall => ({ ok: true, value: fake.call });
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("from landing to a call", () => {
  it("New call makes a room and opens its link, with the name if there is one", async () => {
    const { ports, opened, labels, modes } = world("/");
    const app = createAppView(ports, en);
    expect(app.page.value.type).toBe("landing");
    await app.newCall({ label: "  Tea ", letIn: true });
    expect(labels).toEqual(["Tea"]);
    expect(modes).toEqual(["knock"]);
    expect(opened.map(({ link }) => link)).toEqual(["/r/new#secret"]);
    expect(app.page.value.type).toBe("opening");
    opened[0]?.answer(answerWith(createFakeCall({ label: "Tea" })));
    await settled();
    expect(app.page.value.type).toBe("call");
    expect(app.title.value).toBe("Tea · Sotto");
  });

  it("a second press while the room is being made makes no second room", async () => {
    const { ports, labels, modes } = world("/");
    const app = createAppView(ports, en);
    await Promise.all([
      app.newCall({ label: "", letIn: false }),
      app.newCall({ label: "", letIn: false }),
    ]);
    expect(labels).toEqual([undefined]);
    expect(modes).toEqual(["open"]);
  });

  it("a room that could not be made is said on the landing page", async () => {
    const app = createAppView(world("/", { refuse: "rate-limited" }).ports, en);
    await app.newCall({ label: "", letIn: false });
    expect(app.page.value.type).toBe("landing");
    expect(app.createFailure.value).toBe("rate-limited");
    expect(app.creating.value).toBe(false);
  });

  it("a pasted link of this site is opened, another's is named", () => {
    const { ports, opened } = world("/");
    const app = createAppView(ports, en);
    app.openLink("https://calls.example/r/x#y");
    expect(app.pasteProblem.value?.type).toBe("other-site");
    app.openLink("sotto.test/r/x#y");
    expect(app.pasteProblem.value).toBeUndefined();
    expect(opened.map(({ link }) => link)).toEqual(["/r/x#y"]);
  });
});

describe("a link that is opened", () => {
  it("shows why it leads nowhere", async () => {
    const { ports, opened } = world("/r/x#cut");
    const app = createAppView(ports, en);
    opened[0]?.answer({ ok: false, error: { code: "link-cut" } });
    await settled();
    expect(app.page.value).toEqual({ type: "failure", code: "link-cut", advice: "new-call" });
  });

  it("that was left before it opened is closed, not shown", async () => {
    const { ports, opened, travel } = world("/r/first#k");
    const app = createAppView(ports, en);
    travel("/r/second#k");
    const first = createFakeCall();
    opened[0]?.answer(answerWith(first));
    await settled();
    expect(first.asked).toEqual(["close"]);
    expect(app.page.value.type).toBe("opening");
  });

  it("is closed when the reader goes back", async () => {
    const { ports, opened, travel } = world("/r/first#k");
    const app = createAppView(ports, en);
    const fake = createFakeCall();
    opened[0]?.answer(answerWith(fake));
    await settled();
    travel("/");
    expect(fake.asked).toEqual(["close"]);
    expect(app.page.value.type).toBe("landing");
  });

  it("is tried again on request", async () => {
    const { ports, opened } = world("/r/x#k");
    const app = createAppView(ports, en);
    opened[0]?.answer({ ok: false, error: { code: "edge-unreachable" } });
    await settled();
    app.again();
    expect(opened).toHaveLength(2);
  });
});

describe("a browser that can't make calls", () => {
  it("is told so on every page, and nothing is opened", () => {
    for (const link of ["/", "/r/x#k"]) {
      const { ports, opened } = world(link, { unsupported: "insecure-origin" });
      const app = createAppView(ports, en);
      expect(app.page.value).toMatchObject({ type: "failure", code: "insecure-origin" });
      expect(opened).toEqual([]);
    }
  });

  it("the build is asked for once, on the landing page and never for a call's link", async () => {
    const call = world("/r/room#secret");
    createAppView(call.ports, en);
    await settled();
    expect(call.builds).toEqual([]);
    call.travel("/");
    call.travel("/r/room#secret");
    call.travel("/");
    await settled();
    expect(call.builds).toEqual(["/"]);
  });

  it("the build is shown in groups of four digits", async () => {
    const app = createAppView(world("/").ports, en);
    expect(app.build.value).toBeUndefined();
    await settled();
    expect(app.build.value).toBe("0123 4567 89ab");
  });
});
