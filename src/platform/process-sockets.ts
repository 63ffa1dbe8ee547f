import { readdir, readFile, readlink } from 'node:fs/promises';

/** Fields of a line of /proc/net/tcp: proc(5). */
const LOCAL_ADDRESS = 1;
const INODE = 9;
const IPV4_IN_IPV6 = /^0{16}FFFF0000([0-9A-F]{8})$/;

/** `127.0.0.1:5000` of every TCP socket of a process over IPv4. Empty where it is gone, or the system does not tell: only Linux does. */
export async function socketAddresses(pid: number): Promise<readonly string[]> {
  try {
    const folder = `/proc/${pid}/fd`;
    const links = await Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
    const inodes = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')));
    return tables.flatMap((table) =>
      table.split('\n').flatMap((line) => {
        const fields = line.trim().split(/\s+/);
        return inodes.has(fields[INODE] ?? '') ? addressOf(fields[LOCAL_ADDRESS]!) : [];
      }),
    );
  } catch {
    return [];
  }
}

/** `0100007F:1388` → `127.0.0.1:5000`: a number of the host's byte order, which is little-endian. */
function addressOf(text: string): readonly string[] {
  const [address, port] = text.split(':');
  const bytes = IPV4_IN_IPV6.exec(address!)?.[1] ?? address!;
  if (bytes.length !== 8) return [];
  const parts = [6, 4, 2, 0].map((at) => parseInt(bytes.slice(at, at + 2), 16));
  return [`${parts.join('.')}:${parseInt(port!, 16)}`];
}
