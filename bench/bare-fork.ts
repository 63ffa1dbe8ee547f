import { Redis } from 'ioredis';
import { WebSocketServer } from 'ws';

/** The least that a server process can be: node, ws and ioredis. Used by `start-time`. */
process.send?.({ loaded: [Redis.name, WebSocketServer.name] });
process.on('disconnect', () => process.exit(0));
