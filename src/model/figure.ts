/** A number, or the reason why there is none. */
export type Figure = { readonly value: number; readonly reason: null } | { readonly value: null; readonly reason: string };

export function known(value: number): Figure {
  return { value, reason: null };
}

/** `reason`: half a sentence, such as "server 0 does not tell its CPU time". */
export function unknown(reason: string): Figure {
  return { value: null, reason };
}

/** Unknown is not zero: a sum with an unknown part is unknown, for the reason of its first one. */
export function sumOf(parts: readonly Figure[]): Figure {
  const reasons = new Set(parts.flatMap(({ reason }) => reason ?? []));
  const [first] = reasons;
  if (first !== undefined) return unknown(reasons.size === 1 ? first : `${first} (and ${reasons.size - 1} more)`);
  return known(parts.reduce((sum, { value }) => sum + (value ?? 0), 0));
}

export function mapFigure(figure: Figure, change: (value: number) => number): Figure {
  return figure.value === null ? figure : known(change(figure.value));
}

/** The sum of plain numbers, by the same rule; null for nothing to add up. */
export function addUp(values: readonly (number | null)[]): number | null {
  return values.length === 0 || values.includes(null) ? null : values.reduce((sum: number, value) => sum + (value ?? 0), 0);
}
