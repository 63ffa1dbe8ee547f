import fc from 'fast-check';

/*
 * Property tests draw the same cases in every run of the suite, so that it says of a change what it said before it;
 * `npm run test:long` draws others.
 */
fc.configureGlobal({ seed: Number(process.env['LAYERBENCH_TEST_SEED'] ?? 20_261_127) });
