import { faultSuite } from './suite.ts';

faultSuite('embedded');
