/** Headers that several operations take or send. */

export const traceparent = {
  description: 'W3C trace context of this request, yours if you sent one',
  schema: { type: 'string' as const },
};

export const traceparentParameter = {
  name: 'traceparent',
  in: 'header' as const,
  description: 'W3C trace context; made here if left out',
  schema: { type: 'string' as const },
};

export const location = {
  description: 'Where to read the task',
  schema: { type: 'string' as const, format: 'uri-reference' },
};

export const preferenceApplied = {
  description: '`wait=N` where the request asked to wait, and it did',
  schema: { type: 'string' as const },
};
