import { describe, expect, test } from 'vitest';
import { traceContextIn, traceparentOf } from '../model/trace-context.ts';
import { traceSettingsIn } from '../temporal/trace-settings.ts';

describe('the variables of OpenTelemetry', () => {
  test.each([
    ['none of them', {}],
    ['an endpoint and no exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }],
    ['an endpoint and a disabled SDK', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }],
    ['a name alone', { OTEL_SERVICE_NAME: 'x' }],
  ])('leave traces off with %s', (_, env) => {
    expect(traceSettingsIn(env)).toEqual({ settings: null, problems: [] });
  });

  test.each([
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'http://localhost:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, 'https://c/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://d/t' }, 'https://d/t'],
  ])('%o send to %s', (env, url) => {
    expect(traceSettingsIn(env).settings).toEqual({ url, headers: {}, serviceName: 'feishu-vc-export' });
  });

  test('give a name, and headers whose values are percent-encoded and may hold an =', () => {
    const env = {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_SERVICE_NAME: 'exports',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20YQ==, x-a=100%',
    };
    expect(traceSettingsIn(env).settings).toMatchObject({
      serviceName: 'exports',
      headers: { Authorization: 'Basic YQ==', 'x-a': '100%' },
    });
  });

  test('that are wrong are named, each with what it takes and without its value', () => {
    const { settings, problems } = traceSettingsIn({
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'a-secret',
    });
    expect(settings).toBeNull();
    expect(problems).toEqual([
      'OTEL_TRACES_EXPORTER: takes otlp or none',
      'OTEL_EXPORTER_OTLP_ENDPOINT: takes an http(s) URL, such as http://127.0.0.1:4318',
      'OTEL_EXPORTER_OTLP_PROTOCOL: takes http/json',
      'OTEL_EXPORTER_OTLP_HEADERS: takes name=value, several separated by commas',
    ]);
  });
});

test('a trace context is read back from its header, and nothing else is one', () => {
  const context = { traceId: '0123456789abcdef'.repeat(2), spanId: 'fedcba9876543210' };
  expect(traceContextIn(traceparentOf(context))).toEqual(context);
  for (const other of [undefined, 1, '', '00-1-2-01', `${traceparentOf(context)}x`])
    expect(traceContextIn(other)).toBeUndefined();
});
