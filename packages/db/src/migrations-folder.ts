import { fileURLToPath } from 'node:url';

/** Relative to this file: the images keep it next to the bundle's folder too, so this file must stay on this level. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
