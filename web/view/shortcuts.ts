/** What a single key does in a call. */
export type Shortcut = "microphone" | "camera" | "people";

export const SHORTCUT_KEYS: Readonly<Record<Shortcut, string>> = {
  microphone: "M",
  camera: "V",
  people: "P",
};

/** What of a key press matters. */
export type KeyPress = {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
};

/** The shortcut of a key press; none while somebody types, holds a modifier, or holds the key down. */
export function shortcutOf(press: KeyPress, typing: boolean): Shortcut | undefined {
  if (typing || press.repeat || press.altKey || press.ctrlKey || press.metaKey) return undefined;
  const key = press.key.toUpperCase();
  return (Object.keys(SHORTCUT_KEYS) as Shortcut[]).find((name) => SHORTCUT_KEYS[name] === key);
}
