/**
 * Names of files for any texts, in their order: safe on every file system, and all different.
 * `fanout/redis/node/p8` → `fanout-redis-node-p8`.
 */
export function fileNames(texts: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return texts.map((text) => {
    const stem = slugOf(text);
    let name = stem;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${stem}-${n}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

function slugOf(text: string): string {
  const slug = text
    .replaceAll(/[^\w.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 120);
  return slug === '' ? 'result' : slug;
}
