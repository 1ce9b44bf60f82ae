/** The bundle of the workflows without what it says of the machine that built it. */

const MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/**
 * Names the sources in the bundle's own map from `root` on, as stack traces then have them, and leaves out their text, which
 * nothing reads. So the bundle is the same wherever it is built, and names no folder of anybody's.
 *
 * @param root with a separator at its end
 * @throws Error where the bundle has no map: Temporal's SDK takes none without
 */
export function portableBundle(code: string, root: string): string {
  const at = code.lastIndexOf(MAP);
  if (at === -1) throw new Error('the bundle of the workflows has no source map');
  const json = Buffer.from(code.slice(at + MAP.length), 'base64').toString();
  const { sourcesContent: _, ...map } = JSON.parse(json) as { sources: string[]; sourcesContent?: string[] };
  const sources = map.sources.map((source) => source.replaceAll(root, ''));
  return code.slice(0, at) + MAP + Buffer.from(JSON.stringify({ ...map, sources })).toString('base64');
}
