/** What stands where a secret would be, wherever something is shown. */
export const HIDDEN = '***';

/** A secret text. As text, in JSON and on a console it is `***`: only what opens a connection reveals it. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }
}

/** What could hold no login: a name, a path, a class. What has a colon or an @ inside could be an address with one. */
const PLAIN = /^@?[^\s:@?#&=\p{Cc}]{1,100}$/u;

/** A word of the user's as messages quote it, with a space before it; empty for one that could hold a login. */
export function quoted(word: string): string {
  return PLAIN.test(word) ? ` '${word}'` : '';
}
