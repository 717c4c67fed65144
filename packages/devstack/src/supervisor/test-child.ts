/*
 * A child for tests of the supervisor and the stack: serves /health/ready on the port in the variable that its
 * service would read, and does what BEHAVIOUR says.
 */
const { BEHAVIOUR = '', LABEL = 'child' } = process.env;
const port = Number(process.env.GATEWAY_PORT ?? process.env.MCP_PORT ?? process.env.HEALTH_PORT ?? 0);
const says = (word: string) => BEHAVIOUR.split(',').includes(word);

process.on('SIGTERM', () => {
  console.log(`${LABEL} asked to stop`);
  if (!says('stubborn')) process.exit(0);
});
if (says('crash')) {
  console.log('about to fail');
  console.error('the reason why');
  process.exit(3);
}
if (says('refuse')) {
  console.log('LEASE_MS: a whole number is needed');
  process.exit(78);
}
if (port > 0) {
  const ready = !says('never-ready');
  Bun.serve({
    hostname: '127.0.0.1',
    port,
    reusePort: false,
    fetch: () =>
      Response.json({ status: ready ? 'ready' : 'unready', pid: process.pid }, { status: ready ? 200 : 503 }),
  });
}
if (says('tell-id')) console.log(`the id is ${process.env.EXECUTOR_ID}`);
if (says('tell-key')) console.log(`the key is ${process.env.OPENAI_API_KEY ?? 'not known'}`);
if (says('tell-addresses')) console.log(`told: ${process.env.KAFKA_BROKERS} ${process.env.WORKSPACE_DIR}`);
console.log(JSON.stringify({ level: 'info', time: new Date(), name: LABEL, msg: 'listening' }));
setInterval(() => {}, 60_000);
