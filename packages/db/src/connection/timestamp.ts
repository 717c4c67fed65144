/** RFC 3339 in UTC, to the millisecond. The session's style is ISO and its time zone UTC, so Postgres's text ends in `+00`. */
export function toTimestamp(postgresText: string): string {
  return new Date(`${postgresText.slice(0, 10)}T${postgresText.slice(11, -3)}Z`).toISOString();
}
