import { afterAll } from 'bun:test';
import { stopTestPostgres } from './test-database.ts';

afterAll(stopTestPostgres);
