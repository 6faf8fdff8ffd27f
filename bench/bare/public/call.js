// The least a page can do to put people in a call: what Sotto's figures are held against.
const links = new Map();
const media = navigator.mediaDevices.getUserMedia({
  audio: true,
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
});
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new WebSocket(`${scheme}//${location.host}/room/${location.hash.slice(1)}`);
const say = (message) => socket.send(JSON.stringify(message));

const own = document.createElement("article");
own.ariaLabel = "You";
const preview = own.appendChild(document.createElement("video"));
Object.assign(preview, { muted: true, autoplay: true, playsInline: true });
document.body.append(own);
void media.then((stream) => (preview.srcObject = stream));

function open(peer) {
  const connection = new RTCPeerConnection();
  const article = document.createElement("article");
  article.ariaLabel = peer;
  links.set(peer, { connection, article });
  connection.onicecandidate = ({ candidate }) => say({ type: "candidate", to: peer, candidate });
  connection.ontrack = ({ streams: [stream] }) => {
    if (article.isConnected) return;
    const video = article.appendChild(document.createElement("video"));
    Object.assign(video, { autoplay: true, playsInline: true, srcObject: stream });
    document.body.append(article);
  };
  return connection;
}

async function addMedia(connection) {
  const stream = await media;
  for (const track of stream.getTracks()) connection.addTrack(track, stream);
}

async function call(peer) {
  const connection = open(peer);
  await addMedia(connection);
  performance.mark("offer");
  await connection.setLocalDescription();
  say({ type: "description", to: peer, description: connection.localDescription });
}

async function answer(peer, offer) {
  const connection = open(peer);
  await addMedia(connection);
  await connection.setRemoteDescription(offer);
  await connection.setLocalDescription();
  say({ type: "description", to: peer, description: connection.localDescription });
}

async function hear({ type, from, peers, description, candidate }) {
  if (type === "welcome") {
    document.documentElement.dataset.callPhase = "live";
    await Promise.all(peers.map(call));
  } else if (type === "description" && description.type === "offer")
    await answer(from, description);
  else if (type === "description")
    await links.get(from).connection.setRemoteDescription(description);
  else if (type === "candidate") await links.get(from)?.connection.addIceCandidate(candidate);
  else if (type === "left") {
    links.get(from)?.connection.close();
    links.get(from)?.article.remove();
    links.delete(from);
  }
}

// One after another: a candidate must not overtake the description it belongs to.
let queue = Promise.resolve();
socket.addEventListener("message", ({ data }) => {
  queue = queue.then(() => hear(JSON.parse(data))).catch(reportError);
});
