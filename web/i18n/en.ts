import { failures } from "./en-failures.ts";
import { plural } from "./plural.ts";

const people = (count: number): string =>
  plural("en", count, { one: `${count} person`, other: `${count} people` });

/** English, and the list of texts there are. */
export const en = {
  tag: "en",
  direction: "ltr",
  failures,
  product: "Sotto",
  landing: {
    title: "A quiet place to talk.",
    lines: [
      "Start a call and send its link.",
      "No account, nothing to install.",
      "What you say and show is encrypted on your device and opened only on theirs.",
    ],
    newCall: "New call",
    letIn: "Let people in myself",
    letInHint: {
      on: "Whoever opens the link waits until you let them in.",
      off: "Whoever opens the link is in.",
    },
    creating: "Making the room…",
    nameIt: "Give it a name",
    callName: "Name of the call",
    callNameHint: "Travels inside the link. The server never sees it.",
    pasteLink: "Open a link",
    pasteHint: "Paste a link to a call",
    open: "Open",
    notALink: "That is not a link to a call. Copy the whole link and paste it again.",
    otherSite: (host: string): string => `That call is on ${host}.`,
    goThere: "Open it there",
    pointsTitle: "What that means",
    points: [
      {
        title: "Sealed from end to end",
        text: "Sound, picture and names are encrypted between the people in the call. It can't be turned off.",
      },
      {
        title: "The link is the key",
        text: "The part after # never leaves your browser. Whoever has the link can come in, so send it with care.",
      },
      {
        title: "What the server still knows",
        text: "That a room exists, how many are in it and when, and the network addresses that reach it. It stores no address and keeps no history.",
      },
      {
        title: "What we don't promise",
        text: "The people you call see your network address. And nobody outside has audited this code yet.",
      },
    ],
    source: "Read the source",
    build: (digits: string): string => `Build ${digits}`,
    preview: "Four people in a call, one of them speaking",
  },
  lobby: {
    title: "Ready to join?",
    unnamed: "Private call",
    yourName: "Your name",
    nameHint: "How the others will see you",
    join: "Join",
    joinWithout: "You can join as you are and turn it on later.",
    empty: "Nobody is here yet.",
    inCall: (count: number): string =>
      plural("en", count, {
        one: "1 person is in the call.",
        other: `${count} people are in the call.`,
      }),
    counting: "Looking who is there…",
    door: "A host lets people in. They will see your name.",
    cameraOff: "Your camera is off",
    cameraAsking: "Allow the camera in your browser’s question",
    level: "Microphone level",
    devices: "Devices",
    invite: "Invite",
    notKept:
      "This browser keeps nothing for this page, so your device will look new to the others next time.",
    elsewhere: {
      title: "This call is open in another tab",
      text: "You can be in it once in this browser.",
    },
    moveHere: "Move the call here",
  },
  waiting: {
    title: "Waiting to be let in",
    hostHere: "The host sees your name and can let you in.",
    hostAway: "The host is not here yet. You can wait.",
    as: (name: string): string => `You are asking as ${name}.`,
    stop: "Stop waiting",
  },
  devices: {
    microphone: "Which microphone",
    camera: "Which camera",
    speaker: "Which speaker",
    numbered: {
      microphone: (number: number): string => `Microphone ${number}`,
      camera: (number: number): string => `Camera ${number}`,
      speaker: (number: number): string => `Speaker ${number}`,
    },
    none: {
      microphone: "No microphone found",
      camera: "No camera found",
      speaker: "No speaker found",
    },
  },
  media: {
    "media-absent": {
      microphone: {
        title: "No microphone found.",
        text: "Plug one in and press Microphone again.",
      },
      camera: { title: "No camera found.", text: "Plug one in and press Camera again." },
    },
    "media-denied": {
      microphone: {
        title: "The microphone is blocked.",
        text: "Allow it for this page in the address bar, then press Microphone again.",
      },
      camera: {
        title: "The camera is blocked.",
        text: "Allow it for this page in the address bar, then press Camera again.",
      },
    },
    "media-busy": {
      microphone: {
        title: "Another program is using the microphone.",
        text: "Close it there, then press Microphone again.",
      },
      camera: {
        title: "Another program is using the camera.",
        text: "Close it there, then press Camera again.",
      },
    },
    "media-insecure": {
      microphone: {
        title: "This page may not use the microphone.",
        text: "Browsers allow it on https:// pages only. Open the link with https.",
      },
      camera: {
        title: "This page may not use the camera.",
        text: "Browsers allow it on https:// pages only. Open the link with https.",
      },
    },
    "media-failed": {
      microphone: {
        title: "The microphone did not start.",
        text: "Choose another one, or unplug it and plug it in again.",
      },
      camera: {
        title: "The camera did not start.",
        text: "Choose another one, or unplug it and plug it in again.",
      },
    },
  },
  call: {
    title: "Call",
    participants: "Participants",
    controls: "Call controls",
    microphone: "Microphone",
    camera: "Camera",
    people: "People",
    copyLink: "Copy link",
    share: "Share",
    settings: "Settings",
    preferAv1: "Prefer the AV1 codec",
    preferAv1Hint:
      "Sharper at the same data rate, but more work for this device. Used for connections made from now on.",
    leave: "Leave",
    tips: {
      microphoneOn: "Mute",
      microphoneOff: "Unmute",
      cameraOn: "Stop camera",
      cameraOff: "Start camera",
    },
    you: "You",
    someone: "Guest",
    muted: "Muted",
    speaking: "Speaking",
    alone: { title: "You are the first.", text: "Send the link." },
    linkField: "Link to this call",
    linkCopied: "Link copied",
    linkNotCopied: "This browser did not let us copy. The link is selected: copy it by hand.",
    joining: "Joining…",
    reconnecting: "Reconnecting. Whoever you hear stays with you.",
    hear: "Click to hear",
    hearHint: "Your browser holds back sound until you ask for it.",
    close: "Close",
    dismiss: "Dismiss",
    inCall: people,
    microphoneIsOn: "Microphone on",
    microphoneIsOff: "Microphone off",
    cameraIsOn: "Camera on",
    cameraIsOff: "Camera off",
    code: {
      title: "Security code",
      verified: "Security code: everybody here is verified",
      attention: "Security code: compare it again",
      notLoaded:
        "The security code could not be loaded. Check your connection, or load the page again after the call.",
    },
    trust: { verified: "Verified", changed: "Not the device you verified" },
  },
  links: {
    self: "This device",
    connecting: "Connecting…",
    connected: "Connected",
    connectedDirect: "Connected directly",
    connectedRelayed: "Connected through a relay",
    reconnecting: "Reconnecting…",
    failed: "No connection",
    "not-reached": "Not confirmed yet",
    forked: "Out of step, stopped",
  },
  linkHints: {
    failed: "Nothing gets through between you two. Others may still reach them.",
    "not-reached": "They have not confirmed that they are in this call.",
    forked: "They disagree about who is in this call, so nothing is sent to them.",
  },
  notices: {
    joined: (name: string): string => `${name} joined`,
    left: (name: string): string => `${name} left`,
    lost: (name: string): string => `${name} lost the connection`,
    "identity-changed": (name: string): string =>
      `${name} is not on the device you verified. It may be somebody else: compare the security code.`,
    "joined-since-compared": (name: string): string =>
      `${name} joined since you compared the security code`,
    knock: (name: string): string => `${name} is waiting to join`,
    "muted-by": (name: string): string =>
      `${name} muted you. You can turn your microphone on again.`,
    someHost: "A host",
    you: "you",
  },
  deeds: {
    removed: (by: string, who: string): string => `${by} removed ${who}`,
    unbanned: (by: string, who: string): string => `${by} lifted the ban of ${who}`,
    "made-co-host": (by: string, who: string): string => `${by} made ${who} a co-host`,
    "unmade-co-host": (by: string, who: string): string =>
      `${by} took the co-host’s role from ${who}`,
    locked: (by: string): string => `${by} locked the call`,
    unlocked: (by: string): string => `${by} unlocked the call`,
    "knocking-on": (by: string): string => `${by} lets people in from now on`,
    "knocking-off": (by: string): string => `${by} lets in whoever has the link`,
    "new-link": (by: string): string => `${by} gave the call a new link`,
    "host-link-made": (by: string): string => `${by} made a host link`,
    "host-link-withdrawn": (by: string): string => `${by} withdrew a host link`,
    capacity: (by: string, size: string): string => `${by} set the call to ${size}`,
  },
  left: {
    title: "You left the call",
    text: "It goes on as long as somebody is in it. The link still works.",
    rejoin: "Rejoin",
    newCall: "New call",
    home: "To the start page",
    ended: {
      title: "A host ended the call",
      text: "It is over for everybody. The link works for a new one.",
    },
  },
  hosting: {
    roles: { host: "Host", "co-host": "Co-host" },
    waiting: (count: number): string =>
      plural("en", count, {
        one: "1 person is waiting to join",
        other: `${count} people are waiting to join`,
      }),
    seeWaiting: "See who is waiting",
    controls: "Host controls",
    key: "Only this browser can let people in: it holds the key of this call. If its data are cleared, nobody can. A host link kept elsewhere helps.",
    keyLink: "Make a host link",
    keyKnown: "I see",
    removed: (name: string): string => `${name} is out, and can’t come back.`,
    undo: "Undo",
    loading: "Loading…",
    notLoaded: "This part of the page did not load. Your call goes on.",
  },
  failure: {
    again: "Try again",
    reload: "Load the page again",
    newCall: "New call",
    home: "To the start page",
  },
  opening: "Opening the call…",
} as const;
