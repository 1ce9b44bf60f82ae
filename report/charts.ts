/**
 * Charts as SVG, drawn by ECharts on the server: no script and no style of their own, colours from the page's variables, so
 * that they follow dark mode and print. Each comes wide and narrow, and twice where words are in it.
 */
import { BarChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { html, raw, type Html, type Text } from './html.ts';

use([BarChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Colours that stand for the page's CSS variables while ECharts draws; it wants to read the numbers of a colour. */
const COLOURS = {
  '#0a0001': 'var(--good)',
  '#0a0002': 'var(--fair)',
  '#0a0003': 'var(--poor)',
  '#0a0004': 'var(--unclassified)',
  '#0a0005': 'var(--missing)',
  '#0a0006': 'var(--loss)',
  '#0a0007': 'var(--jitter)',
  '#0a0008': 'var(--delay)',
  '#0a0009': 'var(--frames)',
  '#0a000a': 'var(--machine)',
  '#0a000b': 'var(--ink)',
  '#0a000c': 'var(--soft)',
  '#0a000d': 'var(--line)',
  '#0a000e': 'var(--p50)',
  '#0a000f': 'var(--p90)',
  '#0a0010': 'var(--p95)',
  '#0a0011': 'var(--p99)',
} as const;
type Variable = (typeof COLOURS)[keyof typeof COLOURS] extends `var(--${infer Name})` ? Name : never;

function colour(name: Variable): string {
  const found = Object.entries(COLOURS).find(([, variable]) => variable === `var(--${name})`);
  if (!found) throw new RangeError(`no colour ${name}`);
  return found[0];
}

export type Language = keyof Text;
export interface Drawing {
  option: EChartsCoreOption;
  height: number;
}
export interface ChartInput {
  /** What it shows, for whoever hears the page. */
  label: Text;
  draw(to: { language: Language; width: number }): Drawing;
}

const WIDTHS = { wide: 900, narrow: 350 };

export function chart({ label, draw }: ChartInput): Html {
  const sizes = (['wide', 'narrow'] as const).map((size) => {
    const width = WIDTHS[size];
    const svgs = (['en', 'zh'] as const).map((language) => svgOf(draw({ language, width }), width));
    const [en = '', zh = ''] = svgs;
    const content = en === zh ? raw(en) : html`<span lang="en">${raw(en)}</span><span lang="zh">${raw(zh)}</span>`;
    return html`<div class="${size}">${content}</div>`;
  });
  return html`<div class="chart" role="img" aria-label="${label.en} ${label.zh}">${sizes}</div>`;
}

function svgOf({ option, height }: Drawing, width: number): string {
  const instance = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    instance.setOption({ animation: false, ...option });
    return plainSvg(instance.renderToSVGString({ useViewBox: true }));
  } finally {
    instance.dispose();
  }
}

/** Takes out what the page's policy forbids (styles) and what nobody needs without a script. */
function plainSvg(svg: string): string {
  return svg
    .replaceAll(/<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:class|ecmeta_\w+|pointer-events|xmlns(?::xlink)?|version|baseProfile)="[^"]*"/g, '')
    .replaceAll(/ style="([^"]*)"/g, (_match, css: string) => {
      const size = /font-size:(\d+)px/.exec(css)?.[1] ?? '12';
      const weight = /font-weight:(\w+)/.exec(css)?.[1];
      return ` font-size="${size}"${weight === undefined ? '' : ` font-weight="${weight}"`}`;
    })
    .replaceAll(/#0a00[0-9a-f]{2}/g, (hex) => COLOURS[hex as keyof typeof COLOURS] ?? hex)
    .replaceAll(/\n\s*/g, '')
    .replace('<svg ', '<svg aria-hidden="true" focusable="false" ');
}

const TEXT = { color: colour('ink'), fontSize: 12 };
const AXIS = {
  axisLine: { lineStyle: { color: colour('line') } },
  axisTick: { show: false },
  axisLabel: TEXT,
  splitLine: { lineStyle: { color: colour('line') } },
};

export interface Series {
  colour: Variable;
  values: readonly number[];
}

/** Bars over categories (days), stacked. Where there are more categories than room, every second label stays. */
export function stackedBars(
  { labels, series, unit = '' }: { labels: readonly string[]; series: readonly Series[]; unit?: string },
  { width }: { width: number },
): Drawing {
  const perLabel = (width - 70) / Math.max(1, labels.length);
  return {
    height: 260,
    option: {
      grid: { left: 56, right: 10, top: 16, bottom: 28 },
      xAxis: {
        type: 'category',
        data: [...labels],
        ...AXIS,
        splitLine: { show: false },
        axisLabel: { ...TEXT, interval: Math.max(0, Math.ceil(44 / perLabel) - 1) },
      },
      yAxis: { type: 'value', ...AXIS, axisLabel: { ...TEXT, formatter: (value: number) => `${short(value)}${unit}` } },
      series: series.map((each) => ({
        type: 'bar',
        stack: 'all',
        silent: true,
        barCategoryGap: '20%',
        itemStyle: { color: colour(each.colour) },
        data: [...each.values],
      })),
    },
  };
}

export interface RowsInput {
  labels: readonly string[];
  series: readonly Series[];
  /** Where a line is drawn across, with a word. */
  mark?: { at: number; text: string };
  max?: number;
  format?: (value: number) => string;
}

/** Bars that lie, stacked, the first label on top. */
export function stackedRows(
  { labels, series, mark, max, format = short }: RowsInput,
  { width }: { width: number },
): Drawing {
  const labelWidth = width > 600 ? 190 : 138;
  return {
    height: 50 + labels.length * 26,
    option: {
      grid: { left: labelWidth, right: 24, top: mark ? 26 : 8, bottom: 26 },
      xAxis: {
        type: 'value',
        ...AXIS,
        ...(max === undefined ? {} : { max }),
        splitNumber: width > 600 ? 6 : 3,
        axisLabel: { ...TEXT, formatter: format },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: [...labels],
        ...AXIS,
        splitLine: { show: false },
        axisLabel: { ...TEXT, width: labelWidth - 12, overflow: 'truncate' },
      },
      series: series.map((each, index) => ({
        type: 'bar',
        stack: 'all',
        silent: true,
        barWidth: 14,
        itemStyle: { color: colour(each.colour) },
        data: [...each.values],
        ...(index === 0 && mark
          ? {
              markLine: {
                silent: true,
                symbol: 'none',
                data: [{ xAxis: mark.at }],
                lineStyle: { color: colour('poor'), type: 'dashed', width: 1.5 },
                label: { formatter: mark.text, color: colour('ink'), fontSize: 12, position: 'start' },
              },
            }
          : {}),
      })),
    },
  };
}

/** `1.2k`, `3M` */
function short(value: number): string {
  if (Math.abs(value) >= 1e6) return `${Math.round(value / 1e5) / 10}M`;
  if (Math.abs(value) >= 1e4) return `${Math.round(value / 1e3)}k`;
  if (Math.abs(value) >= 1e3) return `${Math.round(value / 100) / 10}k`;
  return String(Math.round(value * 10) / 10);
}
