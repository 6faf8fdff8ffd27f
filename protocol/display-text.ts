/** True for text that shows what it is: NFC, trimmed, no control, surrogate or direction character (joiners stay: emoji and Persian need them). */
export function isPlainText(text: string, mostCodePoints: number): boolean {
  if (text !== text.normalize("NFC").trim()) return false;
  if (Array.from(text).length > mostCodePoints) return false;
  return !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u.test(
    text,
  );
}
