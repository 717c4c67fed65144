import fc from 'fast-check';

/** Creates ordinary objects: a null prototype would show in every failing case. */
export function record<Fields>(fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> }) {
  return fc.record<Fields>(fields, { noNullPrototype: true });
}
