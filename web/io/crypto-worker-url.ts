/** The part of Trusted Types that is used; not in the compiler's libraries. */
type TrustedTypes = {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ) => { readonly createScriptURL: (url: string) => unknown };
};

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;
let allowed: string | undefined;

/** The worker's own URL as the browser wants it for `new Worker`: by the policy `sotto-worker`, which lets no other URL pass. */
export function trustedWorkerUrl(url: string): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return url;
  // A page may make a policy of one name once.
  allowed ??= url;
  policy ??= trustedTypes.createPolicy("sotto-worker", {
    createScriptURL: (given) => {
      if (given !== allowed) throw new TypeError("worker URL: expected the crypto worker's own");
      return given;
    },
  });
  // A TrustedScriptURL, which `Worker` takes where the type says string.
  return policy.createScriptURL(url) as string;
}
