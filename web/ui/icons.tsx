import type { JSX } from "preact";

/** One set, drawn on 24 × 24 with one stroke. Icons say nothing to a screen reader: the button has the name. */
const shapes = {
  microphone: (
    <>
      <rect x="9" y="3" width="6" height="11" rx="3" />
      <path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />
    </>
  ),
  "microphone-off": (
    <>
      <path d="M9 9.5V11a3 3 0 0 0 4.6 2.55M15 10.5V6a3 3 0 0 0-5.7-1.3M5.5 11.5a6.5 6.5 0 0 0 9.9 5.55M18.1 13.6c.26-.66.4-1.36.4-2.1M12 18v3" />
      <path d="m4 3.5 16 17" />
    </>
  ),
  camera: (
    <>
      <rect x="2.75" y="6" width="12.5" height="12" rx="3" />
      <path d="m15.25 10.6 4.4-2.7a1 1 0 0 1 1.6.85v6.5a1 1 0 0 1-1.6.85l-4.4-2.7" />
    </>
  ),
  "camera-off": (
    <>
      <path d="M10.5 6h1.75a3 3 0 0 1 3 3v1.6l4.4-2.7a1 1 0 0 1 1.6.85v6.5a1 1 0 0 1-.5.87M15.1 15.9A3 3 0 0 1 12.25 18h-6.5a3 3 0 0 1-3-3V9a3 3 0 0 1 2.3-2.9" />
      <path d="m4 3.5 16 17" />
    </>
  ),
  people: (
    <>
      <circle cx="9" cy="8" r="3.5" />
      <path d="M2.75 19.5a6.25 6.25 0 0 1 12.5 0M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.1a6.2 6.2 0 0 1 3.25 5.4" />
    </>
  ),
  link: (
    <path d="M10 13.8a4 4 0 0 0 5.8.1l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10.2a4 4 0 0 0-5.8-.1l-3 3a4 4 0 0 0 5.7 5.7l1-1" />
  ),
  share: (
    <path d="M12 15V3.5M8 7l4-3.75L16 7M5 12.5V18a2.5 2.5 0 0 0 2.5 2.5h9A2.5 2.5 0 0 0 19 18v-5.5" />
  ),
  settings: (
    <>
      <path d="M3.5 7.5H11M17 7.5h3.5M3.5 16.5H7M13 16.5h7.5" />
      <circle cx="14" cy="7.5" r="2.75" />
      <circle cx="10" cy="16.5" r="2.75" />
    </>
  ),
  leave: (
    <path d="M12 9.5c-3.3 0-6.2.9-8.3 2.5-1 .8-1.2 2.1-.6 3.2l.4.7c.4.6 1.1.9 1.8.7l2.6-.8c.7-.2 1.2-.8 1.2-1.5v-1.2a11 11 0 0 1 5.8 0v1.2c0 .7.5 1.3 1.2 1.5l2.6.8c.7.2 1.4-.1 1.8-.7l.4-.7c.6-1.1.4-2.4-.6-3.2-2.1-1.6-5-2.5-8.3-2.5Z" />
  ),
  more: <path d="M12 5.5v.01M12 12v.01M12 18.5v.01" stroke-width="2.75" />,
  door: (
    <>
      <path d="M6 20.5V5a1.5 1.5 0 0 1 1.5-1.5h9A1.5 1.5 0 0 1 18 5v15.5M3.5 20.5h17" />
      <path d="M14.5 12v.01" stroke-width="2.5" />
    </>
  ),
  close: <path d="m6 6 12 12M18 6 6 18" />,
  person: (
    <>
      <circle cx="12" cy="8.5" r="4" />
      <path d="M4.5 20.5a7.5 7.5 0 0 1 15 0" />
    </>
  ),
  shield: <path d="M12 3.25 5 5.75v5.5c0 4.4 2.9 7.9 7 9.5 4.1-1.6 7-5.1 7-9.5v-5.5Z" />,
  "shield-check": (
    <path d="M12 3.25 5 5.75v5.5c0 4.4 2.9 7.9 7 9.5 4.1-1.6 7-5.1 7-9.5v-5.5ZM8.75 11.9l2.4 2.4 4.2-4.5" />
  ),
  sound: (
    <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11" />
  ),
} as const;

type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}
