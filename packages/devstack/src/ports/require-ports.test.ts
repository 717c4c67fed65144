import { expect, test } from 'bun:test';
import { freePort, isPortFree, portOfTurn } from './free-port.ts';
import { requireAddresses } from './require-addresses.ts';
import { requirePorts } from './require-ports.ts';

test('a free port is below the ephemeral ones, and never given out twice', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  expect(new Set(ports).size).toBe(20);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  await requirePorts(ports.map((port) => ({ purpose: 'nothing', port, variable: 'PORT' })));
});

test('processes started one after another try different ports', () => {
  for (const first of [1, 4_711, 4_194_000]) {
    const tried = Array.from({ length: 20 }, (_, process) =>
      Array.from({ length: 400 }, (_, turn) => portOfTurn(first + process, turn)),
    ).flat();
    expect(new Set(tried).size).toBe(20 * 400);
  }
});

test('every port in use is named, with its owner and the variable that changes it', async () => {
  const [taken, other] = [await freePort(), await freePort()];
  using _one = Bun.listen({ hostname: '127.0.0.1', port: taken, socket: { data() {} } });
  using _two = Bun.listen({ hostname: '0.0.0.0', port: other, socket: { data() {} } });
  expect(await isPortFree(taken)).toBe(false);
  const wanted = [
    { purpose: 'gateway', port: taken, variable: 'GATEWAY_PORT' },
    { purpose: 'MCP', port: other, variable: 'MCP_PORT' },
  ];
  const message = await requirePorts(wanted).catch((error: Error) => error.message);
  const owner = process.platform === 'linux' ? ` by .*bun.* \\(pid ${process.pid}\\)` : '.*';
  const [first, second] = String(message).split('\n');
  expect(first).toMatch(
    new RegExp(
      `^Port ${taken} \\(gateway\\) is in use${owner}\\. Free it, or choose another: GATEWAY_PORT=${taken + 1}$`,
    ),
  );
  expect(second).toMatch(new RegExp(`^Port ${other} \\(MCP\\) is in use`));
});

test('one port for two uses is refused', async () => {
  const port = await freePort();
  const wanted = ['GATEWAY_PORT', 'MCP_PORT'].map((variable) => ({ purpose: 'x', port, variable }));
  await expect(requirePorts(wanted)).rejects.toThrow(
    `Port ${port} is set twice: by GATEWAY_PORT and by MCP_PORT.`,
  );
});

test('an address that this machine does not have is named, with the variable that changes it', async () => {
  // Reserved for documentation: nobody has them.
  const wanted = [
    { host: '127.0.0.1', variable: 'HEALTH_HOST' },
    { host: '192.0.2.7', variable: 'GATEWAY_HOST' },
    { host: '2001:db8::7', variable: 'MCP_HOST' },
  ];
  const message = await requireAddresses(wanted).catch((error: Error) => error.message);
  expect(String(message).split('\n')).toEqual([
    expect.stringMatching(
      /^GATEWAY_HOST: 192\.0\.2\.7 is not an address of this machine \(EADDRNOTAVAIL\)\. Set one/,
    ),
    expect.stringMatching(/^MCP_HOST: 2001:db8::7 is not an address of this machine/),
  ]);
});

const privileged = process.platform === 'linux' && process.getuid?.() === 0 && Bun.which('setpriv');

test.skipIf(!privileged)('a port reserved for root is not reported as in use', async () => {
  const script = `
    import { requirePorts } from ${JSON.stringify(new URL('./require-ports.ts', import.meta.url).pathname)};
    await requirePorts([{ purpose: 'gateway', port: 81, variable: 'GATEWAY_PORT' }]).catch(({ message }) => console.log(message));
  `;
  const dropped = ['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service', '--'];
  const child = Bun.spawn([...dropped, process.execPath, '-e', script], { stdout: 'pipe' });
  expect((await child.stdout.text()).trim()).toBe(
    'This user may not listen on port 81 (gateway). Choose 1024 or higher: GATEWAY_PORT',
  );
});
