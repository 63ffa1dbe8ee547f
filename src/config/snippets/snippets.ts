import type { LayerSetting, SettingValue } from '../../model/layer-setting.ts';
import { withoutSecrets } from '../paste-setting.ts';
import { survivingText } from '../tethys-environment.ts';
import { writeYaml } from '../yaml-document.ts';

/** What a configuration is made from. */
export interface SnippetRequest {
  readonly setting: LayerSetting;
  readonly processes: number;
  /** Whether passwords and keys are printed as they are. */
  readonly revealSecrets: boolean;
}

/** One thing to paste, under a heading. */
export interface Snippet {
  readonly title: string;
  readonly text: string;
  /** What to know about it; empty for nothing. */
  readonly note: string;
}

const REDIS_PORT = 6379;

/** What takes a portal from the in-memory default to this layer and number of processes, in the order in which it is done. */
export function snippetsFor({ setting, processes, revealSecrets }: SnippetRequest): readonly Snippet[] {
  const shown = revealSecrets ? setting : withoutSecrets(setting);
  const usesRedis = 'hosts' in shown.CONFIG;
  return [
    ...(usesRedis ? [PACKAGE] : []),
    { title: 'portal_config.yml', text: portalConfigBlock(shown), note: '' },
    ...(usesRedis ? REDIS : []),
    {
      title: 'the ASGI processes of a Tethys portal',
      text: `tethys gen asgi_service --asgi-processes ${processes} --conda-prefix "$CONDA_PREFIX"`,
      note:
        processes > 1
          ? 'Bokeh keeps the session of a page in the process that made the page: with more than one process, its WebSocket must reach the same one (`bench run session-affinity` shows what fails otherwise).'
          : '',
    },
    {
      title: "the variables of Tethys' Docker image",
      text: environmentLines(shown, processes),
      note: 'They are read when the container starts for the first time, and never again.',
    },
    { title: 'plain Django, settings.py', text: djangoSetting(shown), note: '' },
  ];
}

const PACKAGE: Snippet = {
  title: "the layer's package",
  text: 'pip install channels_redis "redis<8"',
  note: 'redis-py 8 gives up on a wait after 5 s, which is as long as channels_redis waits: every idle consumer dies. Stay below 8, or write hosts as `[{address: "redis://…", socket_timeout: null}]`.',
};

const REDIS: readonly Snippet[] = [
  {
    title: 'a Redis',
    text: `docker run -p 127.0.0.1:${REDIS_PORT}:${REDIS_PORT} -d redis:5`,
    note: 'On this host alone. Without 127.0.0.1 it would be open to the network, without a password.',
  },
  {
    title: 'or, in docker-compose.yml',
    text: writeYaml({ services: { redis: { image: 'redis:5', restart: 'always', networks: ['internal'] } } }),
    note: `Inside that network its host is redis, port ${REDIS_PORT}.`,
  },
];

/** The setting as Tethys reads it. */
export function portalConfigBlock(setting: LayerSetting): string {
  return writeYaml({ settings: { CHANNEL_LAYERS: { default: setting } } });
}

/** The setting as lines of a Dockerfile. */
export function environmentLines({ BACKEND, CONFIG }: LayerSetting, processes: number): string {
  const quoted = survivingText(CONFIG).replaceAll(/["\\$]/g, String.raw`\$&`);
  return [`ENV ASGI_PROCESSES ${processes}`, `ENV CHANNEL_LAYERS_BACKEND "${BACKEND}"`, `ENV CHANNEL_LAYERS_CONFIG "${quoted}"`].join('\n');
}

/** The setting as Python. */
export function djangoSetting(setting: LayerSetting): string {
  return `CHANNEL_LAYERS = ${python({ default: setting as unknown as SettingValue }, '')}`;
}

function python(value: SettingValue, indent: string): string {
  const inner = `${indent}    `;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) {
    // channels_redis before 4.1 takes a host and its port as a tuple only.
    const isHost = value.length === 2 && typeof value[0] === 'string' && typeof value[1] === 'number';
    const items = (value as readonly SettingValue[]).map((entry) => python(entry, inner)).join(', ');
    return isHost ? `(${items})` : `[${items}]`;
  }
  const entries = Object.entries(value).map(([key, entry]) => `${inner}${JSON.stringify(key)}: ${python(entry, inner)},\n`);
  return entries.length === 0 ? '{}' : `{\n${entries.join('')}${indent}}`;
}
