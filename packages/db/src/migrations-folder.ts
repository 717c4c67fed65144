import { fileURLToPath } from 'node:url';

/** The images have it beside the folder of their bundle too, as it is beside this one: stay on this level. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
