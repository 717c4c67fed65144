/** Headers that several operations take or send; answers always have those that are `required`. */

export const traceparent = {
  required: true,
  description: 'W3C trace context of this request, yours if you sent one',
  schema: { type: 'string' as const },
};

export const traceparentParameter = {
  name: 'traceparent',
  in: 'header' as const,
  description: 'W3C trace context; generated if left out',
  schema: { type: 'string' as const },
};

/** Each operation describes what it does with it. */
export const idempotencyKeyParameter = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  schema: { type: 'string' as const, minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
};

export const idempotentReplayed = {
  description: 'true if the key was used before, and nothing was stored by this request',
  schema: { type: 'string' as const, enum: ['true'] },
};

export const location = {
  required: true,
  description: 'Where to read the task',
  schema: { type: 'string' as const, format: 'uri-reference' },
};

/** Of answers that refuse temporarily. */
export const retryAfter = {
  required: true,
  description: 'Seconds to wait before asking again',
  schema: { type: 'integer' as const, minimum: 1 },
};

/** Of a 401 or 403. */
export const wwwAuthenticate = {
  description: 'The scheme `Bearer`, and what was wrong, as in RFC 6750',
  schema: { type: 'string' as const },
};

export const preferenceApplied = {
  description: '`wait=N` where the request asked to wait and that was honoured',
  schema: { type: 'string' as const },
};
