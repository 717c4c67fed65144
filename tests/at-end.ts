/** Called after the last suite of a process. `preload.ts` imports this for every file, so it imports nothing itself. */
export const atEnd: (() => Promise<void>)[] = [];
