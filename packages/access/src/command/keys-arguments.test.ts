import { expect, test } from 'bun:test';
import { ConfigurationError } from '@millrace/runtime';
import { parseKeysArguments } from './keys-arguments.ts';

test.each([
  [['create'], /--name is needed/],
  [['create', '--name', ' x'], /--name is needed: .*with no space at either end/],
  [['create', '--name', 'x', '--owner', ''], /--owner is needed/],
  [
    ['create', '--name', 'x', '--scopes', 'tasks:admin'],
    /--scopes must be one or more of tasks:read, tasks:write, admin/,
  ],
  [['create', '--name', 'x', '--scopes', ''], /--scopes must be one or more of/],
  [['create', '--name', 'x', '--rate-limit', '0'], /--rate-limit must be a whole number from 1/],
  [['create', '--name', 'x', '--rate-limit', '1e3'], /--rate-limit must be a whole number from 1/],
  [['create', '--name', 'x', '--max-open-tasks', '-1'], /--max-open-tasks/],
  [
    ['create', '--name', 'x', '--max-open-tasks', '9', '--scopes', 'admin'],
    /--max-open-tasks cannot limit admin/,
  ],
  [['create', '--name', 'x', '--expires-in-days', '0'], /--expires-in-days must be a whole number from 1/],
  [['revoke'], /revoke needs the id or the name of a key/],
  [['destroy'], /destroy is not a command/],
  [['list', '--name', 'x'], /--name is only for create/],
  [['create', '--name', 'search', 'backend'], /backend belongs to no option; quote/],
  [['list', '--all'], /Unknown option '--all'/],
])('refuses %j with an explanation', (args, reason) => {
  expect(() => parseKeysArguments(args)).toThrow(ConfigurationError);
  expect(() => parseKeysArguments(args)).toThrow(reason);
});
