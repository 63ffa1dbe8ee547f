import { createHash } from 'node:crypto';
import { html, verbatim, type Content, type Html } from './markup.ts';

/** Style and script of a page, as text. */
export interface PageAssets {
  readonly style: string;
  readonly script: string;
}

/** What is different from page to page. */
export interface PageContent {
  readonly title: string;
  readonly brand: string;
  /** What a reader who comes by keyboard may skip to. */
  readonly skip: string;
  /** The only place that the page may speak to, as an origin; null for none. */
  readonly connectTo: string | null;
  readonly head: Content;
  /** Between head and main part. */
  readonly navigation: Content;
  readonly main: Content;
  readonly footer: Content;
}

/** A whole page: it carries its style and its script, and may load nothing. */
export function renderPage(content: PageContent, assets: PageAssets): string {
  const { title, brand, skip, connectTo, head, navigation, main, footer } = content;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(assets, connectTo)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${verbatim(assets.style)}</style>
</head>
<body>
${HATCH}
<a class="skip" href="#main">${skip}</a>
<header>
<div class="top">
<p class="brand">${brand}</p>
<fieldset class="theme"><legend>Colours</legend>${['system', 'light', 'dark'].map(themeOption)}</fieldset>
</div>
${head}
</header>
${navigation}
<main id="main">
${main}
</main>
<footer><p>${footer}</p></footer>
<div id="tip" role="status" hidden></div>
<script>${verbatim(assets.script)}</script>
</body>
</html>
`.text;
}

/** What losses are filled with in every chart: told from deliveries without their colour. */
const HATCH = html`<svg class="patterns" aria-hidden="true">
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect class="hatch-ground" width="6" height="6"/><path class="hatch-line" d="M0,0V6"/>
</pattern>
</svg>`;

const CHECKED = html` checked`;

function themeOption(name: string): Html {
  return html`<label><input type="radio" name="theme" id="theme-${name}"${name === 'system' && CHECKED}>${name}</label>`;
}

/** Nothing may be loaded, nothing sent but to `connectTo`, and of styles and scripts only these two texts count. */
function policyOf({ style, script }: PageAssets, connectTo: string | null): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const connect = connectTo === null ? '' : `connect-src ${connectTo}; `;
  return `default-src 'none'; ${connect}style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`;
}
