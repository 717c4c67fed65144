export { type Access, accessOf, openAccess, withoutWriting } from './access.ts';
export { bearerKey, challenge } from './bearer-key.ts';
export { KeyLookupOverloaded } from './key-lookup.ts';
export { KeyVerifier } from './key-verifier.ts';
export { RateLimiter } from './rate-limiter.ts';
export { isScope, type OperationScope, SCOPES, type Scope } from './scopes.ts';
export { SharedPlaces } from './shared-places.ts';
