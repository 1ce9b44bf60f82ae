/** OpenTelemetry's standard variables, as far as traces need them. */
export interface TraceSettings {
  /** Where spans are sent, as JSON. */
  url: string;
  headers: Record<string, string>;
  serviceName: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Null: no traces, the default. `problems`: one line each, with the variable's name and without a value. */
export function traceSettingsIn(env: Environment): { settings: TraceSettings | null; problems: string[] } {
  const of = (name: string): string => env[name] ?? '';
  const exporter = of('OTEL_TRACES_EXPORTER');
  const own = of('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const base = of('OTEL_EXPORTER_OTLP_ENDPOINT');
  const isOff = of('OTEL_SDK_DISABLED').toLowerCase() === 'true' || exporter === 'none';
  if (isOff || (exporter === '' && own === '' && base === '')) return { settings: null, problems: [] };
  const url = own || `${(base || 'http://localhost:4318').replace(/\/+$/, '')}/v1/traces`;
  const problems: string[] = [];
  if (exporter !== '' && exporter !== 'otlp') problems.push('OTEL_TRACES_EXPORTER: takes otlp or none');
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    const name = own === '' ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
    problems.push(`${name}: takes an http(s) URL, such as http://127.0.0.1:4318`);
  }
  const protocol = of('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || of('OTEL_EXPORTER_OTLP_PROTOCOL') || 'http/json';
  if (protocol !== 'http/json') problems.push('OTEL_EXPORTER_OTLP_PROTOCOL: takes http/json');
  const headers = of('OTEL_EXPORTER_OTLP_TRACES_HEADERS') || of('OTEL_EXPORTER_OTLP_HEADERS');
  const pairs = headers.split(',').filter(Boolean);
  if (!pairs.every((pair) => /^\s*[\w-]+\s*=[\x20-\x7e]*$/.test(pair))) {
    problems.push('OTEL_EXPORTER_OTLP_HEADERS: takes name=value, several separated by commas');
  }
  if (problems.length > 0) return { settings: null, problems };
  const serviceName = of('OTEL_SERVICE_NAME') || 'feishu-vc-export';
  return { settings: { url, serviceName, headers: Object.fromEntries(pairs.map(parsePair)) }, problems };
}

function parsePair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
