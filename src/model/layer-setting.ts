/** A value of Django's CHANNEL_LAYERS, as JSON has it. */
export type SettingValue = null | boolean | number | string | readonly SettingValue[] | { readonly [key: string]: SettingValue };

/** One entry of CHANNEL_LAYERS. */
export interface LayerSetting {
  readonly BACKEND: string;
  readonly CONFIG: Readonly<Record<string, SettingValue>>;
}
