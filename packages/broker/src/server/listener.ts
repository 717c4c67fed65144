import { Connection } from './connection.ts';
import type { BrokerContext } from './context.ts';

type Listener = { port: number; stop(): void };

/** Listens for clients; throws the system's error if it cannot. */
export function listen(broker: BrokerContext): Listener {
  const connections = new Set<Connection>();
  const { host, port, connectionsMax } = broker.settings;
  let isFull = false;
  const server = Bun.listen<Connection>({
    hostname: host,
    port,
    exclusive: true,
    socket: {
      open(socket) {
        if (connections.size >= connectionsMax) {
          if (!isFull) broker.logger('warn', 'refusing connections until others close', { connectionsMax });
          isFull = true;
          socket.terminate();
          return;
        }
        isFull = false;
        socket.setNoDelay(true);
        socket.data = new Connection(broker, socket);
        connections.add(socket.data);
      },
      data: (socket, chunk) => socket.data.onData(chunk),
      drain: (socket) => socket.data.onDrain(),
      close(socket) {
        if (!connections.delete(socket.data)) return;
        socket.data.onClose();
      },
      // A reset by the peer; `close` follows.
      error() {},
    },
  });
  return {
    port: server.port,
    stop() {
      server.stop();
      for (const connection of [...connections]) connection.close();
    },
  };
}
