/** HTML in which nothing from outside can be anything but text. */

/** Markup that is safe as it stands; only `html` and `raw` make it. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Part = Html | string | number | null | readonly Part[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and for attributes in quotes. Characters that no HTML may hold, and marks that turn text around, are dropped. */
function escapeHtml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(/(?![\t\n\r])[\p{Cc}\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu, '');
}

export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    strings
      .map(
        (text, index) => text.replaceAll(/\n\s+/g, '\n') + (index < parts.length ? markupOf(parts[index] ?? null) : ''),
      )
      .join(''),
  );
}

/** Markup that this program made itself. */
export function raw(markup: string): Html {
  return new Html(markup);
}

function markupOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'string') return escapeHtml(part);
  return typeof part === 'number' ? String(part) : part.map(markupOf).join('');
}

/** In both languages; the page shows one. */
export interface Text {
  en: string;
  zh: string;
}

export function say(en: string, zh: string): Text {
  return { en, zh };
}

export function both(text: Text): Html {
  if (text.en === text.zh) return html`${text.en}`;
  return html`<span lang="en">${text.en}</span><span lang="zh">${text.zh}</span>`;
}

/** One line, white space collapsed, cut where it is longer. */
export function cutText(text: string, most = 80): string {
  const plain = Array.from(text.replaceAll(/\s+/g, ' ').trim());
  return plain.length <= most ? plain.join('') : `${plain.slice(0, most - 1).join('')}…`;
}

/** Thousands separated, the same on every machine and in both languages. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function pct(value: number | null): string {
  if (value === null) return '–';
  return `${value >= 10 || value === 0 ? Math.round(value) : Math.round(value * 10) / 10} %`;
}

export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : (part * 100) / whole;
}
