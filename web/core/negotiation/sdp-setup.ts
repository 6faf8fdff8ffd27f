/** Who starts the DTLS handshake (RFC 8842 §5): `active` does. Settled by the first answer, for as long as the connection lives. */
export type DtlsRole = "active" | "passive";

/** The role of whoever wrote this answer; `undefined` where it says none. */
export function statedRole(answer: string): DtlsRole | undefined {
  const role = /^a=setup:(active|passive)\r?$/m.exec(answer)?.[1];
  return role === "active" || role === "passive" ? role : undefined;
}

export const otherRole = (role: DtlsRole | undefined): DtlsRole | undefined =>
  role === undefined ? undefined : role === "active" ? "passive" : "active";

/**
 * The offer of a restart with the role this side has already.
 *
 * Offered a choice, Firefox 153 always answers `active`; where it was passive before, Chromium then refuses the answer.
 */
export const withRole = (offer: string, role: DtlsRole | undefined): string =>
  role === undefined ? offer : offer.replaceAll("a=setup:actpass", `a=setup:${role}`);
