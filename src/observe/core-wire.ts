/*
 * Bytes of the core wire: what channels_redis 4 and redis-py send for a call, and what Redis answers, without the two parts that are
 * looked for: the bytes of messages, and the names of members. RESP 2.
 */

/** Bytes of the script that adds a message to the queues of a group: the text in channels_redis 4.0 to 4.3. */
export const GROUP_SEND_SCRIPT_BYTES = 585;
/** Bytes of the script that puts back the messages of a receive that was cancelled. */
export const RESTORE_SCRIPT_BYTES = 262;

/** `1700000000.1234567`, as Python and Redis write a time. */
const SCORE_BYTES = 18;
/** `1700000000`. */
const WHOLE_SECONDS_BYTES = 10;
const INFLIGHT_BYTES = '$inflight'.length;
const INTEGER_REPLY_BYTES = ':0\r\n'.length;
const OK_BYTES = '+OK\r\n'.length;
const QUEUED_BYTES = '+QUEUED\r\n'.length;
const NIL_BYTES = '$-1\r\n'.length;

/** What stands around a text of a length: `$74\r\n` before it and `\r\n` after it. */
export function frameBytes(length: number): number {
  return `$${Math.round(length)}\r\n\r\n`.length;
}

/** A text with its frame. */
function bulk(length: number): number {
  return length + frameBytes(length);
}

/** A command whose words have these lengths. */
function command(...lengths: readonly number[]): number {
  return `*${lengths.length}\r\n`.length + lengths.reduce((sum, length) => sum + bulk(length), 0);
}

/** Calls per second, and mean lengths of names in bytes. */
export interface CoreCalls {
  readonly groupSends: number;
  /** Group sends that found members. */
  readonly sendsWithMembers: number;
  readonly entriesTried: number;
  readonly entriesRead: number;
  readonly waits: number;
  readonly joins: number;
  readonly leaves: number;
  readonly groupKeyBytes: number;
  readonly queueKeyBytes: number;
  readonly memberBytes: number;
  /** Of one message as it is stored: only the length of its frame depends on it. */
  readonly storedBytes: number;
}

/** Bytes per second into Redis, without those of messages. */
export function fixedInputBytes(calls: CoreCalls): number {
  const { groupSends, sendsWithMembers, entriesTried, entriesRead, waits, joins, leaves } = calls;
  const { groupKeyBytes: group, queueKeyBytes: queue, memberBytes: member, storedBytes } = calls;
  const inflight = queue + INFLIGHT_BYTES;
  const message = frameBytes(storedBytes);
  const keys = `${Math.max(1, Math.round(entriesTried / (sendsWithMembers || 1)))}`.length;
  const words = 5 + (3 * entriesTried) / (sendsWithMembers || 1);
  return (
    groupSends * (command(16, group, 1, WHOLE_SECONDS_BYTES) + command(6, group, 1, 2)) +
    sendsWithMembers *
      (command(5) +
        command(4) +
        `*${Math.round(words)}\r\n`.length +
        bulk(4) +
        bulk(GROUP_SEND_SCRIPT_BYTES) +
        bulk(keys) +
        bulk(SCORE_BYTES) +
        bulk(2)) +
    entriesTried * (command(16, queue, 1, WHOLE_SECONDS_BYTES) + bulk(queue) + message + bulk(3)) +
    waits * (command(4, RESTORE_SCRIPT_BYTES, 1, queue, inflight) + command(8, queue, 1)) +
    entriesRead * (command(4, inflight, SCORE_BYTES) + message + command(7, inflight)) +
    joins * (command(4, group, SCORE_BYTES, member) + command(6, group, 5)) +
    leaves * command(4, group, member)
  );
}

/** Bytes per second out of Redis, without those of messages and of members' names with their frames. */
export function fixedOutputBytes(calls: CoreCalls): number {
  const { groupSends, sendsWithMembers, entriesTried, entriesRead, waits, joins, leaves, queueKeyBytes: queue } = calls;
  const message = frameBytes(calls.storedBytes);
  const arrayOf = (count: number): number => `*${Math.round(count)}\r\n`.length;
  return (
    groupSends * (INTEGER_REPLY_BYTES + arrayOf(10)) +
    sendsWithMembers * (OK_BYTES + arrayOf(entriesTried / (sendsWithMembers || 1)) + INTEGER_REPLY_BYTES) +
    entriesTried * (QUEUED_BYTES + INTEGER_REPLY_BYTES) +
    waits * NIL_BYTES +
    Math.max(0, waits - entriesRead) * NIL_BYTES +
    entriesRead *
      (arrayOf(3) + bulk(queue) + message + bulk(SCORE_BYTES) + INTEGER_REPLY_BYTES + arrayOf(2) + message + bulk(SCORE_BYTES)) +
    joins * 2 * INTEGER_REPLY_BYTES +
    leaves * INTEGER_REPLY_BYTES
  );
}
