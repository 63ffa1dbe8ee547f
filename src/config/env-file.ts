/*
 * Files of variables, by those who read them. The same line means different things to them: Docker Compose takes quotes
 * and trailing comments away, `docker run --env-file` takes every character as it stands, and a Dockerfile has rules of its own.
 */

/** Values by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What one reader makes of a file. */
export interface Reading {
  /** Who reads so, for messages. */
  readonly reader: string;
  readonly variables: Variables;
  /** A value as it is written into such a file, so that this reader gives it on as it is. */
  readonly write: (value: string) => string;
}

const asItStands = (value: string): string => value;
const inQuotes = (value: string): string => `"${value.replaceAll(/["\\$]/g, String.raw`\$&`)}"`;

/** Variables that are there already. */
export function readingOfEnvironment(variables: Variables): readonly Reading[] {
  return [{ reader: 'the container', variables, write: asItStands }];
}

/** All readings that a file may get: one of a Dockerfile, else those of Compose and of `docker run --env-file`. */
export function readingsOf(text: string): readonly Reading[] {
  const lines = text.split(/\r?\n/);
  if (lines.some((line) => /^\s*(FROM|ENV)\s/i.test(line))) return [{ reader: 'Docker', variables: readDockerfile(text), write: inQuotes }];
  return [
    { reader: 'Docker Compose', variables: readAsCompose(lines), write: inQuotes },
    { reader: '`docker run --env-file`', variables: readAsDockerRun(lines), write: asItStands },
  ];
}

function readAsDockerRun(lines: readonly string[]): Variables {
  return Object.fromEntries(
    lines.flatMap((line): readonly (readonly [string, string])[] => {
      const [, name, value] = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value!]];
    }),
  );
}

function readAsCompose(lines: readonly string[]): Variables {
  return Object.fromEntries(
    lines.flatMap((line): readonly (readonly [string, string])[] => {
      const [, name, rest] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:](.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, composeValue(rest!.trim())]];
    }),
  );
}

/** Outer quotes go, and what follows them; in double ones backslashes mean something. Without quotes, a comment begins with ` #`. */
function composeValue(text: string): string {
  const [, double, single] = /^"((?:\\.|[^"\\])*)"|^'([^']*)'/.exec(text) ?? [];
  if (double !== undefined) return double.replaceAll(/\\(.)/g, (_, char: string) => ({ n: '\n', r: '\r', t: '\t' })[char] ?? char);
  return single ?? text.replace(/\s+#.*$/, '').trimEnd();
}

/** `ENV NAME value`, `ENV NAME=value`. */
function readDockerfile(text: string): Variables {
  const lines = text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/);
  const entries = lines.flatMap((line): readonly (readonly [string, string])[] => {
    const [, rest] = /^\s*ENV\s+(.*)$/i.exec(line) ?? [];
    if (rest === undefined) return [];
    const [, name, value] = /^([A-Za-z_]\w*)\s+(.*)$/.exec(rest) ?? [];
    if (name !== undefined) return [[name, dockerWord(value!)]];
    return [...rest.matchAll(/([A-Za-z_]\w*)=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*)/g)].map(
      ([, key, word]) => [key!, dockerWord(word!)] as const,
    );
  });
  return Object.fromEntries(entries);
}

/** Docker takes quotes away, and the backslash before a quote, a backslash or a dollar. */
function dockerWord(word: string): string {
  return word
    .trim()
    .replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) =>
      double === undefined ? single! : double.replaceAll(/\\(["\\$])/g, '$1'),
    );
}
