/** By stable code: what happened, and what to do. */
export const failures = {
  // The link
  "link-not-a-room": {
    title: "This is not a link to a call",
    text: "Links to calls look like …/r/…#…. Ask for the link again, or start a call of your own.",
  },
  "link-room-malformed": {
    title: "The link’s first half is damaged",
    text: "The part between /r/ and # is not one we make. Copy the whole link again from where you got it.",
  },
  "link-secret-missing": {
    title: "The link’s second half is missing",
    text: "Everything after # is the key to the call, and some apps cut it off. Ask for the whole link, # included.",
  },
  "link-cut": {
    title: "The link is cut short",
    text: "Its last characters did not arrive. Copy it again to the very end.",
  },
  "link-altered": {
    title: "The link was changed on its way",
    text: "Its characters don’t fit together. Copy it again, or ask whoever sent it to send it once more.",
  },
  "link-host-part-altered": {
    title: "This host link is damaged",
    text: "Part of it was cut off or changed on its way. Copy the whole link again, or ask for a new one.",
  },
  "link-label-malformed": {
    title: "The name in the link can’t be shown",
    text: "The part after the last slash holds characters that don’t belong in a name. Delete that part, or ask for the link again.",
  },
  "link-replaced": {
    title: "This link is no longer the right one",
    text: "The host has made a new link for this call. Ask for it.",
  },
  // The room
  "room-unknown": {
    title: "This call no longer exists",
    text: "A room nobody used for 30 days is deleted. Start a new call and send its link.",
  },
  "room-closed": {
    title: "This room was closed",
    text: "Nobody can be in it any more. Start a new call and send its link.",
  },
  "room-full": {
    title: "Too many people have this page open",
    text: "The room takes no further visitor just now. Wait a minute and try again.",
  },
  "call-full": {
    title: "The call is full",
    text: "It holds as many people as it can. Try again when somebody has left.",
  },
  banned: {
    title: "You can’t come into this call",
    text: "A host has removed you from it. If that was a mistake, talk to them another way.",
  },
  locked: {
    title: "The call is locked",
    text: "A host has closed the door for now. Ask somebody inside to open it, then try again.",
  },
  "admission-required": {
    title: "Somebody has to let you in",
    text: "A host admits people to this call. Tell them that you are waiting, then try again.",
  },
  "waiting-full": {
    title: "Too many people are waiting",
    text: "As many wait to be let in as the call can hold. Try again in a minute.",
  },
  "knock-refused": {
    title: "A host did not let you in",
    text: "Talk to them another way, or ask once more.",
  },
  "knock-name-missing": {
    title: "Who is asking?",
    text: "A host lets people into this call by name. Write yours, then join.",
  },
  "knock-blocked": {
    title: "You can’t ask to come in any more",
    text: "A host has turned this device away for the rest of this call.",
  },
  "not-host": {
    title: "Only a host can do that",
    text: "You are in the call as a member. Ask a host to do it.",
  },
  "policy-serial": {
    title: "Somebody changed the rules at the same moment",
    text: "Look at how the call is set now, then change it again.",
  },
  "policy-not-allowed": {
    title: "You may not change that",
    text: "Only the host of this call can. Ask them to do it.",
  },
  "delegation-withdrawn": {
    title: "Your host link was withdrawn",
    text: "You can join as everybody does, with the link of the call.",
  },
  "delegation-expired": {
    title: "Your host link has run out",
    text: "Ask the host for a new one, or join with the link of the call.",
  },
  "host-proof-invalid": {
    title: "Your host link was not accepted",
    text: "Ask the host for a new one, or join with the link of the call.",
  },
  "end-invalid": {
    title: "The call was not ended",
    text: "Only the host of this call can end it for everybody.",
  },
  "login-required": {
    title: "This site asks you to sign in",
    text: "Whoever runs it lets signed-in people make calls only. Sign in there first, then try again.",
  },
  "login-invalid": {
    title: "Your sign-in was not accepted",
    text: "It may have run out. Sign in again, then open the link once more.",
  },
  "room-exists": {
    title: "A room like this exists already",
    text: "That should not happen twice. Start a new call.",
  },
  "room-id-mismatch": {
    title: "The new room did not fit its key",
    text: "Nothing was made. Load the page again and start a new call.",
  },
  "access-wrong": {
    title: "The link does not open this room",
    text: "Its key belongs to another room. Ask for the link again.",
  },
  "policy-invalid": {
    title: "The room’s rules are not signed by its host",
    text: "We won’t go in where the rules may be forged. Tell the host, and use a new call meanwhile.",
  },
  "policy-older": {
    title: "The room showed rules it had replaced",
    text: "This device has seen newer ones, so something is amiss. Try again later, or use a new call.",
  },
  // The way to the server
  "edge-unreachable": {
    title: "The server does not answer",
    text: "Check that you are online, then try again.",
  },
  "edge-answer-malformed": {
    title: "The server’s answer made no sense",
    text: "Something between you and it may be interfering, such as a hotel’s sign-in page. Try again, or use another network.",
  },
  "socket-lost": {
    title: "The connection to the room was lost",
    text: "We keep trying. If it lasts, check your network.",
  },
  "service-unavailable": {
    title: "The service is having a moment",
    text: "It answers, but can’t do this now. Try again in a minute.",
  },
  "rate-limited": {
    title: "Too many tries from your network",
    text: "Wait a minute, then try again.",
  },
  "not-found": {
    title: "There is nothing at this address",
    text: "Check the link, or start a call of your own.",
  },
  "method-not-allowed": {
    title: "The server does not take this request",
    text: "This page may be older than the server. Load it again.",
  },
  "upgrade-required": {
    title: "Your network does not let the call through",
    text: "A proxy removed what a live connection needs. Use another network, or turn the proxy off.",
  },
  "origin-not-allowed": {
    title: "This page may not use that server",
    text: "The address you opened is not one the server knows. Open the link at its own address.",
  },
  "body-malformed": {
    title: "The server could not read our request",
    text: "This page may be older than the server. Load it again.",
  },
  "body-too-large": {
    title: "Our request was too large for the server",
    text: "Load the page again, and leave the name shorter.",
  },
  // Proof and token
  "signature-invalid": {
    title: "The server did not accept this device’s signature",
    text: "Load the page again. If it stays so, start a new call.",
  },
  "proof-expired": {
    title: "Your device’s clock is off",
    text: "It differs from the server’s by more than five minutes. Set date and time to automatic, then try again.",
  },
  "proof-invalid": {
    title: "The server did not accept this device’s proof",
    text: "Load the page again to make a new one.",
  },
  "proof-replayed": {
    title: "The same proof reached the server twice",
    text: "Try again: a new one is made each time.",
  },
  "token-missing": {
    title: "The way in was lost on the road",
    text: "A proxy may have removed part of the request. Try again, or use another network.",
  },
  "token-invalid": {
    title: "The server did not accept our token",
    text: "Try again: a new one is asked for each time.",
  },
  "token-expired": {
    title: "The page waited too long",
    text: "What lets you in is good for ten minutes. Try again.",
  },
  "challenge-failed": {
    title: "This device could not prove itself to the room",
    text: "Load the page again, then join once more.",
  },
  "challenge-timeout": {
    title: "This device took too long to answer the room",
    text: "The network may be slow. Try again.",
  },
  "not-proved": {
    title: "The room was asked before it knew this device",
    text: "Load the page again, then join once more.",
  },
  // The wire
  "version-unknown": {
    title: "This page is older than the server",
    text: "Load it again to get the current one.",
  },
  "message-malformed": {
    title: "The room could not read what we sent",
    text: "Load the page again. The others don’t notice.",
  },
  "message-too-large": {
    title: "What we sent was too large for the room",
    text: "Load the page again. The others don’t notice.",
  },
  "message-unknown": {
    title: "The room does not know what we asked",
    text: "This page and the server differ in age. Load the page again.",
  },
  flood: {
    title: "This page sent too much at once",
    text: "The room has paused us. Wait a moment, then try again.",
  },
  "socket-replaced": {
    title: "The call went on somewhere else",
    text: "This device joined from another page. Try again to bring it back here.",
  },
  // The group
  "not-in-call": {
    title: "The room says you are not in the call",
    text: "Your connection may have been away too long. Join again.",
  },
  "group-none": {
    title: "There is no call in this room yet",
    text: "It ended just as you came. Try again to start it.",
  },
  "group-unknown": {
    title: "The call ended and a new one began",
    text: "Join again to be in the new one.",
  },
  "no-group": {
    title: "You are not in the group of this call",
    text: "Join again.",
  },
  "group-info-invalid": {
    title: "The list of who is in the call did not check out",
    text: "We won’t go in on it. Try again; if it stays so, use a new call.",
  },
  "group-info-other-link": {
    title: "This call moved to a newer link",
    text: "Yours opens what came before. Ask for the newer link.",
  },
  "epoch-out-of-range": {
    title: "You fell too far behind the call",
    text: "Join again to catch up.",
  },
  "entries-gone": {
    title: "You missed too much of the call to catch up",
    text: "Join again: that takes a moment.",
  },
  "commit-not-allowed": {
    title: "The room did not take a change from this device",
    text: "It came at a time when none was allowed. Join again.",
  },
  "committer-paused": {
    title: "The room has paused changes from this device",
    text: "Others refused its last one. Wait a minute, then join again.",
  },
  "member-unknown": {
    title: "That person has just left",
    text: "There is nothing you need to do.",
  },
  "group-forked": {
    title: "People in this call disagree about who is in it",
    text: "Sound and picture to them have stopped. Leave, and all join again; if it happens twice, use a new call.",
  },
  "group-not-confirmed": {
    title: "The others did not confirm this call",
    text: "Too few answered, so nothing is sent. Try again, and ask them another way whether they see you.",
  },
  // Encryption and this browser
  "plaintext-stopped": {
    title: "Something was about to leave unencrypted",
    text: "We stopped it before anybody could rely on it. Leave and join again; if it returns, use another browser.",
  },
  "fingerprint-mismatch": {
    title: "A connection was not with whom it claimed",
    text: "We closed it. Somebody in the network may be interfering: use another network.",
  },
  "crypto-worker-lost": {
    title: "The part that holds the keys has stopped",
    text: "The browser may be short of memory. Join again to get new keys.",
  },
  "storage-blocked": {
    title: "This browser stores nothing for this page",
    text: "The call needs a little storage to start. Leave private mode or allow storage for this page, then try again.",
  },
  "webcrypto-unavailable": {
    title: "This browser can’t encrypt here",
    text: "It needs WebCrypto with Ed25519. Use a current Chrome, Edge or Firefox, and a link that starts with https.",
  },
  "webrtc-unavailable": {
    title: "This browser can’t make calls",
    text: "WebRTC is missing or turned off. Use a current Chrome, Edge or Firefox, or turn it on in the settings.",
  },
  "transform-unavailable": {
    title: "This browser can’t encrypt calls from end to end",
    text: "It has no way to seal frames, and we never send them open. Use a current Chrome, Edge or Firefox.",
  },
  "insecure-origin": {
    title: "This address is not secure",
    text: "Browsers allow microphone, camera and encryption on https:// pages only. Open the same link with https.",
  },
} as const;
