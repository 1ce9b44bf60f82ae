/** The frame of a figure: its question, the answer in one sentence, the drawing. */
import { both, html, type Html, type Part, type Text } from './html.ts';

export interface FigureInput {
  number: number;
  question: Text;
  answer: Text;
  body: Part;
  /** How it is computed, for whoever doubts it. */
  how?: Text;
  /** Shown on demand. */
  folded?: boolean;
}

export function figure({ number, question, answer, body, how, folded = false }: FigureInput): Html {
  const title = html`<h2><span class="no">${number}</span>${both(question)}</h2>`;
  const method = how
    ? html`<details>
        <summary>${both({ en: 'How this is computed', zh: '计算方法' })}</summary>
        <p>${both(how)}</p>
      </details>`
    : null;
  const caption = html`<figcaption>
    ${title}
    <p>${both(answer)}</p>
  </figcaption>`;
  const content = folded
    ? html`<details class="fold">
        <summary>${both({ en: 'Show the figure', zh: '展开此图' })}</summary>
        ${body}
      </details>`
    : html`${body}`;
  return html`<figure id="f${number}">${caption}${content}${method}</figure>`;
}

export function legend(entries: readonly { key: string; text: Text }[]): Html {
  return html`<ul class="legend">
    ${entries.map(({ key, text }) => html`<li><i class="k-${key}"></i>${both(text)}</li>`)}
  </ul>`;
}

/** In place of a figure whose data nobody has. */
export function nothing(text: Text): Html {
  return html`<p class="note">${both(text)}</p>`;
}

export interface BarPart {
  key: string;
  value: number;
}

/** A bar inside a table's cell, in parts of `most`. */
export function cellBar(parts: readonly BarPart[], most: number): Html {
  let x = 0;
  const rects = parts.map(({ key, value }) => {
    const width = most === 0 ? 0 : (value / most) * 100;
    const rect = html`<rect class="f-${key}" x="${round(x)}" y="0" width="${round(width)}" height="14" />`;
    x += width;
    return value > 0 ? rect : null;
  });
  return html`<svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">${rects}</svg>`;
}

const round = (value: number): string => String(Math.round(value * 100) / 100);
