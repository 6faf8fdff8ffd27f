import { describe, expect, it } from "vitest";
import type { MemberId, RoomId } from "../../../protocol/ids.ts";
import { createVerifiedPeople } from "../../../web/core/verified-people.ts";
import { createFakeProfile } from "../../support/fake-profile.ts";

const [ROOM, OTHER] = ["R".repeat(22) as RoomId, "O".repeat(22) as RoomId];
const member = (identityKey: string, memberId = `member of ${identityKey}`) => ({
  identityKey,
  memberId: memberId as MemberId,
});
const bea = { member: member("bea"), name: "Bea Lind" };

describe("whom a device has verified", () => {
  const { memory } = createFakeProfile("Ada");
  const people = createVerifiedPeople(memory, ROOM);
  people.add([bea]);

  it("[VERIFY-9] is known by identity key, in every room and under every name", () => {
    for (const room of [ROOM, OTHER])
      expect(createVerifiedPeople(memory, room).trustOf(member("bea"), "Bettina")).toBe("verified");
  });

  it.each(["Bea Lind", "bea lind", "BEA-LIND", "Ｂea Lind"])(
    "[VERIFY-9] another identity called %j is named in the same room, and in no other",
    (name) => {
      expect(people.trustOf(member("eve"), name)).toBe("changed");
      expect(createVerifiedPeople(memory, OTHER).trustOf(member("eve"), name)).toBe("unknown");
    },
  );

  it("[VERIFY-9] so is another identity with the same member id, whatever its name", () => {
    expect(people.trustOf(member("eve", bea.member.memberId), undefined)).toBe("changed");
  });

  it.each(["Bea", "", "!!!", undefined])("somebody called %j is somebody else", (name) => {
    people.add([{ member: member("nameless"), name: "" }]);
    expect(people.trustOf(member("eve"), name)).toBe("unknown");
  });

  it("[VERIFY-9] is kept once a room, the newest last, two hundred at most", () => {
    const own = createFakeProfile("Ada").memory;
    const kept = createVerifiedPeople(own, ROOM);
    kept.add([bea, { member: member("cem"), name: "Cem" }]);
    kept.add([bea]);
    expect(own.verified().map(({ name }) => name)).toEqual(["Cem", "Bea Lind"]);
    expect(kept.count()).toBe(2);
    const many = Array.from({ length: 250 }, (_, number) => ({
      member: member(`${number}`),
      name: `${number}`,
    }));
    kept.add(many);
    expect(kept.count()).toBe(200);
    expect(kept.trustOf(bea.member, bea.name)).toBe("unknown");
    kept.forget(["249"]);
    expect(kept.trustOf(member("249"), "249")).toBe("unknown");
    kept.forgetAll();
    expect(own.verified()).toEqual([]);
  });
});
