/* Planted by the self-test: the monotonic clock of the process that loads this is 5 ms ahead. */

const SKEW_NS = 5_000_000;
const truly = process.hrtime.bind(process);
const skewed = (since?: [number, number]): [number, number] => {
  const [seconds, ns] = truly(since);
  const ahead = ns + (since === undefined ? SKEW_NS : 0);
  return ahead < 1e9 ? [seconds, ahead] : [seconds + 1, ahead - 1e9];
};
process.hrtime = Object.assign(skewed, {
  bigint: () => process.hrtime().reduce((sum, part, i) => sum + BigInt(part) * (i === 0 ? 1_000_000_000n : 1n), 0n),
});
