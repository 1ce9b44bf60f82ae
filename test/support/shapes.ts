/**
 * Shapes of JSON as the documents write them: JSON in which a text says what stands there (`"string"`, `"number | null"`), a
 * list holds the shape of its elements, a key that ends in `?` may be absent, and a key such as `<table>` is any.
 */

export type Shape = string | [Shape] | { [key: string]: Shape };

/** Where a value is of another shape, in words; empty where it is of this one. */
export function differences(value: unknown, shape: Shape, path = '$'): string[] {
  if (typeof shape === 'string') {
    const kind = value === null ? 'null' : typeof value;
    return shape.split(' | ').includes(kind) ? [] : [`${path} is ${kind}, not ${shape}`];
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((element: unknown, index) => differences(element, shape[0], `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  return differencesOfObject(value as Record<string, unknown>, shape, path);
}

function differencesOfObject(value: Record<string, unknown>, shape: Record<string, Shape>, path: string): string[] {
  const named = new Map(Object.entries(shape).map(([key, below]) => [key.replace(/\?$/, ''), below]));
  const any = Object.entries(shape).find(([key]) => /^<.*>$/.test(key))?.[1];
  const missing = Object.keys(shape).filter((key) => !/\?$|^<.*>$/.test(key) && !(key in value));
  return [
    ...missing.map((key) => `${path}.${key} is absent`),
    ...Object.entries(value).flatMap(([key, element]) => {
      const below = named.get(key) ?? any;
      return below === undefined ? [`${path}.${key} is not documented`] : differences(element, below, `${path}.${key}`);
    }),
  ];
}
