/** Picks the form a number takes in a language (CLDR plural rules). `other` stands for every form a language lacks. */
export function plural(
  locale: string,
  count: number,
  forms: { readonly other: string } & Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>,
): string {
  return forms[new Intl.PluralRules(locale).select(count)] ?? forms.other;
}
