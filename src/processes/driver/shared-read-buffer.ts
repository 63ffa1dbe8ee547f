import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** As much as Node reads at once. */
const READ_BYTES = 64 * 1024;

/** Where every read of this process lands. A read calls back before the next one begins, on whichever socket, so what came is copied in time. */
const landing = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Option of a WebSocket to `url`: it reads into memory that all sockets of the process share. Node gives each read 64 KiB of its own and
 * takes it through a stream, which is a tenth of what a small message costs. A socket behind TLS reads as ever.
 */
export function readingShared(url: string): { readonly createConnection?: typeof connect } {
  // The types of ws name every form of `connect`; ws calls this one.
  return new URL(url).protocol === 'ws:' ? { createConnection: connectShared as typeof connect } : {};
}

/**
 * Whoever listens is told at once what came, as a copy of its own size. While nobody takes it, or something waits to be taken, it goes into
 * the socket's stream, whose rules hold: what came first is told first, and a paused socket stops reading.
 */
function connectShared(options: NetConnectOpts): Socket {
  const onread = {
    buffer: landing,
    callback: (bytes: number): boolean => {
      const copy = Buffer.allocUnsafe(bytes);
      landing.copy(copy, 0, 0, bytes);
      if (socket.readableFlowing !== true || socket.readableLength > 0) return socket.push(copy);
      socket.emit('data', copy);
      return true;
    },
  };
  // A `path` would be that of a Unix socket; it is the URL's here.
  const socket: Socket = connect({ ...options, path: undefined, onread } as NetConnectOpts);
  return socket;
}
