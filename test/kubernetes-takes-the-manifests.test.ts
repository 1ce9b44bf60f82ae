/** What `kubectl apply -k deploy/kubernetes/…` would send, against the schemas of Kubernetes and of Temporal's worker controller. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../worker/config.ts';
import { documentText } from './support/documents.ts';
import { onPath } from './support/on-path.ts';
import { ROOT } from './support/tree.ts';

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown> & { template: { spec: Pod }; replicas: number };
  data: Record<string, string>;
}

interface Pod {
  terminationGracePeriodSeconds: number;
  securityContext: object;
  containers: Record<string, unknown>[];
  volumes: { name: string }[];
}

function hasSchemas(): boolean {
  try {
    execFileSync('python3', ['-c', 'import kubernetes_validate'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

const isPossible = onPath('kustomize') !== undefined && hasSchemas();
if (!isPossible) console.warn("skipped: needs kustomize, and Python's package kubernetes-validate");

interface Checked {
  documents: Manifest[];
  errors: string[];
}

function checked(yaml: string): Checked {
  const program = [
    join(ROOT, 'test/support/check-manifests.py'),
    join(ROOT, 'test/fixtures/temporal-worker-controller'),
  ];
  return JSON.parse(execFileSync('python3', program, { input: yaml, encoding: 'utf8' })) as Checked;
}

/** What is said of it when it has these mistakes, each in place of what is right. */
function errorsWith(yaml: string, mistakes: [right: string, wrong: string][]): string {
  for (const [right] of mistakes) expect(yaml).toContain(right);
  return checked(mistakes.reduce((text, [right, wrong]) => text.replace(right, wrong), yaml)).errors.join('\n');
}

describe.skipIf(!isPossible)('the manifests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  interface Built extends Checked {
    yaml: string;
  }
  let base: Built;
  let overlay: Built;
  beforeAll(() => {
    [base, overlay] = ['base', 'worker-controller'].map((name): Built => {
      const yaml = execFileSync('kustomize', ['build', join(ROOT, 'deploy/kubernetes', name)], { encoding: 'utf8' });
      return { yaml, ...checked(yaml) };
    }) as [Built, Built];
  });
  const podOfBase = () => base.documents.find(({ kind }) => kind === 'Deployment')?.spec.template;

  const kinds = ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget'];

  test('of the base are taken by Kubernetes', () => {
    const { documents, errors } = base;
    expect(errors).toEqual([]);
    expect(documents.map(({ kind }) => kind).toSorted()).toEqual(kinds);
  });

  test("of the overlay are taken by Temporal's worker controller, with the pods of the base", () => {
    const { documents, errors } = overlay;
    expect(errors).toEqual([]);
    const [deployment] = documents.filter(({ kind }) => kind === 'WorkerDeployment');
    expect(deployment?.spec.template).toEqual(podOfBase());
    const others = kinds.filter((kind) => kind !== 'Deployment');
    expect(documents.map(({ kind }) => kind).toSorted()).toEqual(
      ['Connection', ...others, 'WorkerDeployment'].toSorted(),
    );
    const [connection] = documents.filter(({ kind }) => kind === 'Connection');
    expect(deployment?.spec['workerOptions']).toMatchObject({ connectionRef: { name: connection?.metadata.name } });
  });

  test('would be refused with mistakes', () => {
    const inBase = errorsWith(base.yaml, [
      ['livenessProbe:', 'livenesProbe:'],
      ['maxUnavailable: 1\n  selector', 'minAvailable: [1]\n  selector'],
    ]);
    expect(inBase).toMatch(/livenesProbe/);
    expect(inBase).toMatch(/\[1\]/);
    const inOverlay = errorsWith(overlay.yaml, [
      ['strategy: AllAtOnce', 'strategy: AtOnce'],
      ['hostPort: temporal-frontend.temporal:7233', 'hostPort: temporal'],
      ['readOnlyRootFilesystem:', 'readOnlyRoot:'],
    ]);
    for (const named of [/AtOnce/, /'temporal' does not match/, /readOnlyRoot/]) expect(inOverlay).toMatch(named);
  });

  test('give a worker settings that it takes, and leave it the time to end in order', () => {
    const settings = base.documents.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    const secret = join(folder, 'feishu_app_secret');
    writeFileSync(secret, 'secret', { mode: 0o600 });
    expect(settings['FEISHU_APP_SECRET_FILE']).toMatch(/^\/run\/secrets\/feishu-vc\//);
    // As the worker controller sets them.
    const versions = { TEMPORAL_DEPLOYMENT_NAME: 'default/feishu-vc-worker', TEMPORAL_WORKER_BUILD_ID: '0.1.0-4c1f' };
    const read = readSettings({ ...settings, ...versions, FEISHU_APP_SECRET_FILE: secret });
    expect(read.listen).toMatchObject({ metrics: { port: 9464 }, health: { host: '0.0.0.0', port: 9465 } });
    const [, seconds] = /stop_grace_period: (\d+)s/.exec(documentText('docker-compose.yml')) ?? [];
    expect(podOfBase()?.spec.terminationGracePeriodSeconds).toBe(Number(seconds));
  });

  test('run as nobody in particular, who writes to one folder', () => {
    const pod = podOfBase()?.spec;
    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
    const [container] = pod?.containers ?? [];
    expect(container?.['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container?.['env']).toBeUndefined();
    expect(container?.['volumeMounts']).toEqual([
      { name: 'secrets', mountPath: '/run/secrets/feishu-vc', readOnly: true },
      { name: 'scratch', mountPath: '/tmp' },
    ]);
  });

  test('take the image of this version', () => {
    const { version } = JSON.parse(documentText('package.json')) as { version: string };
    expect(base.yaml).toContain(`image: feishu-vc-export:${version}\n`);
  });
});
