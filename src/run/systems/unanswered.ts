import { environmentError, messageOf, type BenchError } from '../../model/errors.ts';

interface Cause {
  /** Of the code of an error. */
  readonly code: RegExp;
  readonly hint: string;
}

const ANY_CERTIFICATE = 'or --insecure, which measures whoever answers there';

/** Why a server that runs already may give no answer, and what to do about it; the first whose code fits. */
const CAUSES: readonly Cause[] = [
  {
    code: /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED|INVALID_CA|CERT_SIGNATURE_FAILURE|CERT_CHAIN_TOO_LONG/,
    hint: `Nobody whom Node trusts has signed its certificate. Add --ca FILE, the certificate that has (a self-signed one itself), ${ANY_CERTIFICATE}.`,
  },
  {
    code: /ALTNAME_INVALID|HOSTNAME_MISMATCH/,
    hint: `Its certificate is for another name: write --url with a name that stands in it, ${ANY_CERTIFICATE}.`,
  },
  { code: /CERT_|CRL_/, hint: `Its certificate is not valid: renew it, ${ANY_CERTIFICATE}.` },
  { code: /ERR_SSL_|EPROTO/, hint: 'It speaks no TLS there, or none that Node does: without TLS, write --url ws://host:port.' },
  {
    code: /HPE_|ECONNRESET/,
    hint: 'It hung up, or speaks no HTTP: where it speaks TLS, write --url wss://host:port. See docs/protocol.md.',
  },
  {
    code: /.*/,
    hint: 'A server that is to be measured speaks the client protocol: see docs/protocol.md, or `bench init django`, whose consumer is served only where LAYERBENCH_PROCESS_INDEX is set.',
  },
];

/** An environment error for a server that did not answer, by the code of what was thrown. */
export function unanswered(url: string, error: unknown): BenchError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { hint } = CAUSES.find((cause) => cause.code.test(code))!;
  return environmentError(`${url} does not answer: ${messageOf(error)}`, hint, { cause: error });
}
