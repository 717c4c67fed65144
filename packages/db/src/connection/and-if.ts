import type postgres from 'postgres';

/** `and` with a condition on the value; nothing where there is no value. */
export function andIf<Value>(
  sql: postgres.ISql,
  value: Value | undefined,
  condition: (value: Value) => postgres.Fragment,
): postgres.Fragment {
  return value === undefined ? sql`` : sql`and ${condition(value)}`;
}
