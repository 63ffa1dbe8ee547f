import { crc32 } from 'node:zlib';

const RING_SIZE = 4096;

/** The host of several that a name belongs to, as channels_redis hashes it. */
export function ringIndex(name: string, hosts: number): number {
  return hosts === 1 ? 0 : Math.floor((crc32(name) & (RING_SIZE - 1)) / (RING_SIZE / hosts));
}
