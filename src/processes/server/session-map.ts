import { randomBytes } from 'node:crypto';

/** As long as a session id of Bokeh. */
const ID_BYTES = 33;

/** The sessions that pages of this process have begun: known here and nowhere else. */
export class SessionMap {
  private readonly sessions = new Set<string>();

  /** Under the id that the page asks for, or a new one. */
  begin(wanted: string | null): string {
    const id = wanted ?? randomBytes(ID_BYTES).toString('base64url');
    this.sessions.add(id);
    return id;
  }

  has(id: string): boolean {
    return this.sessions.has(id);
  }

  end(id: string): void {
    this.sessions.delete(id);
  }
}
