/** Two soft notes, made on the spot: there is nothing to load when somebody knocks. */
export function playKnock(): void {
  const context = new AudioContext();
  const volume = new GainNode(context, { gain: 0 });
  volume.connect(context.destination);
  const startSec = context.currentTime;
  const notes = [
    { hertz: 587, atSec: 0 },
    { hertz: 440, atSec: 0.18 },
  ];
  for (const { hertz, atSec } of notes) {
    const from = startSec + atSec;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.08, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.17);
    const note = new OscillatorNode(context, { type: "sine", frequency: hertz });
    note.connect(volume);
    note.start(from);
    note.stop(from + 0.18);
  }
  setTimeout(() => void context.close(), 1_000);
}
