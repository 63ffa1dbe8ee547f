import { METRIC_KINDS } from '../model/metrics.ts';
import type { MetricValue } from '../result/metrics.ts';

/** How other tools are told a number: its unit, and the same as a part of names. */
export interface Quantity {
  readonly value: number;
  readonly unit: string;
  readonly suffix: string;
}

interface Scale {
  readonly factor: number;
  readonly unit: string;
  readonly suffix: string;
}

const PPM: Scale = { factor: 1e6, unit: 'ppm', suffix: 'ppm' };
const SCALES: Readonly<Record<MetricValue['unit'], Scale>> = {
  duration: { factor: 1e-3, unit: 'ms', suffix: 'ms' },
  ratio: { factor: 1, unit: 'ratio', suffix: 'ratio' },
  rate: { factor: 1, unit: '1/s', suffix: 'per_s' },
  count: { factor: 1, unit: 'count', suffix: 'count' },
  bytes: { factor: 1, unit: 'bytes', suffix: 'bytes' },
  byteRate: { factor: 1, unit: 'bytes/s', suffix: 'bytes_per_s' },
};

/** Durations in ms and losses in ppm, as people read them; the unit of a metric never changes with its value. */
export function quantityOf({ name, unit }: Pick<MetricValue, 'name' | 'unit'>, value: number): Quantity {
  const scale = scaleOf(name, unit);
  // 12 digits: 1234.567 µs are 1.234567 ms.
  return { value: Number((value * scale.factor).toPrecision(12)), unit: scale.unit, suffix: scale.suffix };
}

/** `response.p99` → `response_p99_ms`. */
export function columnOf(metric: Pick<MetricValue, 'name' | 'unit'>): string {
  return `${nameWithoutUnit(metric).replaceAll('.', '_')}_${scaleOf(metric.name, metric.unit).suffix}`;
}

/** `joinP99Us` → `joinP99`: a duration is told in another unit than the one in its name. */
export function nameWithoutUnit({ name, unit }: Pick<MetricValue, 'name' | 'unit'>): string {
  return unit === 'duration' ? name.replace(/Us(?=[A-Z]|$)/, '') : name;
}

/** `pacerLag` → `pacer_lag`, `response.p99` → `response_p99`. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll(/\W+/g, '_');
}

function scaleOf(name: string, unit: MetricValue['unit']): Scale {
  return METRIC_KINDS.get(name)?.isRare === true ? PPM : SCALES[unit];
}
