/** What is used of ECharts: its own declarations import without file extensions, which TypeScript's Node resolution cannot follow. */
declare module 'echarts/core' {
  /** https://echarts.apache.org/en/option.html */
  export type EChartsCoreOption = Record<string, unknown>;
  interface Chart {
    setOption(option: EChartsCoreOption): void;
    renderToSVGString(options: { useViewBox: boolean }): string;
    dispose(): void;
  }
  export function init(
    dom: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): Chart;
  export function use(extensions: readonly unknown[]): void;
}
declare module 'echarts/charts' {
  export const BarChart: unknown;
}
declare module 'echarts/components' {
  export const GridComponent: unknown;
  export const MarkLineComponent: unknown;
}
declare module 'echarts/renderers' {
  export const SVGRenderer: unknown;
}
