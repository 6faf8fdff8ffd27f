import type { JSX } from "preact";

const Face = ({ x, y, tint }: { x: number; y: number; tint: number }): JSX.Element => (
  <g class="face" data-tint={tint} transform={`translate(${x} ${y})`}>
    <rect class="tinted" width="212" height="150" rx="22" />
    <path class="tinted-ink" d="M50 150c4-33 27-52 56-52s52 19 56 52Z" />
    <circle class="tinted-ink" cx="106" cy="64" r="27" />
  </g>
);

/** Four people, one of whom speaks. */
export function CallPicture({ label }: { label: string }): JSX.Element {
  return (
    <svg class="call-picture" viewBox="-8 -8 456 400" role="img" aria-label={label}>
      <Face x={0} y={0} tint={0} />
      <Face x={228} y={22} tint={3} />
      <Face x={0} y={166} tint={5} />
      <Face x={228} y={188} tint={1} />
      <rect class="picture-voice" x="224" y="18" width="220" height="158" rx="26" />
      <g class="picture-pill" transform="translate(244 136)">
        <rect width="58" height="24" rx="12" />
        <path d="M16 12v0M23 8v8M30 5v14M37 9v6M44 12v0" />
      </g>
      <g class="picture-bar" transform="translate(112 350)">
        <rect width="216" height="42" rx="21" />
        <circle cx="36" cy="21" r="7" />
        <circle cx="84" cy="21" r="7" />
        <circle cx="132" cy="21" r="7" />
        <rect class="picture-leave" x="166" y="10" width="36" height="22" rx="11" />
      </g>
    </svg>
  );
}
