/** A session description (RFC 8866) as lines: those of the session, then those of each m-section. */
export type SdpSections = {
  readonly session: readonly string[];
  readonly media: readonly (readonly string[])[];
};

/** Splits at every `m=`. A reader takes either line ending. */
export function splitSdp(sdp: string): SdpSections {
  const session: string[] = [];
  const media: string[][] = [];
  for (const line of sdp.split(/\r\n|\n/)) {
    if (line === "") continue;
    if (line.startsWith("m=")) media.push([line]);
    else (media.at(-1) ?? session).push(line);
  }
  return { session, media };
}

/** Writes the lines with the endings RFC 8866 asks for. */
export const joinSdp = ({ session, media }: SdpSections): string =>
  [...session, ...media.flat()].map((line) => `${line}\r\n`).join("");

/** `audio`, `video` or `application`, as the m-line says. */
export const mediaKind = (section: readonly string[]): string | undefined =>
  /^m=(\S+) /.exec(section[0] ?? "")?.[1];
