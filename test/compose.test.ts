import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { composeTool } from './support/compose-tool.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { filesOfTree, ROOT } from './support/tree.ts';

const run = promisify(execFile);
const COMPOSE = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

const tool = composeTool();
if (!tool) console.warn('skipped: neither `docker compose` nor `docker-compose` is installed here');

/** What the tool says of the file; rejects where it refuses it. Runs in the checkout, where a person runs it. */
async function validate(file: string, profiles: string[]): Promise<string> {
  const [command = '', ...args] = tool ?? [];
  const where = ['--project-directory', ROOT, '-f', file];
  const which = profiles.flatMap((profile) => ['--profile', profile]);
  const { stdout } = await run(command, [...args, ...where, ...which, 'config', '--quiet'], { cwd: ROOT });
  return stdout;
}

describe.skipIf(!tool)('the compose file, as the compose tool reads it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([[[]], [['feishu']], [['sandbox']], [['stores', 'metrics']]])(
    'is valid with the profiles %j',
    async (profiles) => {
      expect(await validate(join(ROOT, 'docker-compose.yml'), profiles)).toBe('');
    },
  );

  test('would be refused if a service waited for one that does not exist', async () => {
    const broken = join(folder, 'docker-compose.yml');
    writeFileSync(broken, COMPOSE.replace('  temporal-schema:\n    <<', '  schema:\n    <<'));
    await expect(validate(broken, [])).rejects.toThrow(/temporal-schema/);
  });
});

describe('the compose file', () => {
  const images = Array.from(COMPOSE.matchAll(/(?:image:|&admin-tools) (?!\*)(\S+):(\S+)$/gm), ([, name, tag]) => ({
    name,
    tag,
  }));

  test('lets the sandbox, and nobody else, be asked by http', () => {
    expect(OURS.filter((name) => /FEISHU_ALLOW_HTTP|<<: \*of-the-sandbox/.test(service(name)))).toEqual([
      'sandbox-worker',
      'stores-worker',
    ]);
    expect(service('sandbox-worker')).toMatch(/FEISHU_BASE_URL: http:\/\/sandbox:8070\n[\s\S]*FEISHU_ALLOW_HTTP: '1'/);
  });

  test('pins every image to a version, and builds its own', () => {
    expect(images.length).toBeGreaterThanOrEqual(5);
    expect(anchor('product')).toMatch(/build: \.\n +image: feishu-vc-export:local$/m);
    expect(
      images.filter(
        ({ name = '', tag = '' }) => !/^feishu-vc-export(-sandbox)?$/.test(name) && !/^v?\d+\.\d+\.?\d*/.test(tag),
      ),
    ).toEqual([]);
    expect(service('sandbox')).toMatch(/target: sandbox\n +image: feishu-vc-export-sandbox:local$/m);
  });

  test('sets the schema up with the tools of the very version that the server has', () => {
    const versions = new Map(images.map(({ name, tag }) => [name, tag]));
    expect(versions.get('temporalio/server')).toBeDefined();
    expect(versions.get('temporalio/admin-tools')).toBe(versions.get('temporalio/server'));
  });

  test('names no volume by one letter, which some tools take for a drive', () => {
    const names = Array.from(COMPOSE.matchAll(/^ {6}- ([\w-]+):\//gm), ([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['postgres-data', 'feishu-data', 'sandbox-data']));
    expect(names.filter((name = '') => name.length < 2)).toEqual([]);
  });

  test('leaves no volume without a name behind', () => {
    // One that is mounted by its place alone, here or in the image, gets a new one at each `up`.
    expect(COMPOSE).not.toMatch(/^ +volumes:\n(?: +- .*\n)*? +- \/[^:\n]+$/m);
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).not.toMatch(/^VOLUME/m);
  });

  test("gives the bucket's gateway a place for its locks beside the bucket, with a root that is read-only", () => {
    expect(service('object-store')).toMatch(
      /tmpfs: \['\/buckets'\]\n +volumes:\n +- bucket-data:\/buckets\/feishu-vc$/m,
    );
  });

  test('bounds what each service logs', () => {
    expect(anchor('confined')).toMatch(
      /logging:\n +driver: json-file\n +options: \{ max-size: \d+m, max-file: '\d' \}/,
    );
    expect(names.filter((name) => service(name).includes('logging'))).toEqual([]);
  });

  test('has every volume and every folder of Prometheus and Grafana that it names', () => {
    const mounted = Array.from(COMPOSE.matchAll(/^ {6}- ([\w-]+):\//gm), ([, name]) => name);
    const declared = Array.from(
      /^volumes:\n([\s\S]*?)^secrets:/m.exec(COMPOSE)?.[1]?.matchAll(/^ {2}([\w-]+):$/gm) ?? [],
      ([, name]) => name,
    );
    expect(new Set(declared)).toEqual(new Set(mounted));
    const workers = OURS.filter((name) => name.endsWith('worker'));
    expect(readFileSync(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8')).toContain(
      `names: [${workers.join(', ')}]`,
    );
  });

  test('hands over real secrets as files', () => {
    const plain = Array.from(
      COMPOSE.matchAll(/^ +\w*(?:SECRET|PASSWORD|TOKEN|ACCESS_KEY): (\S+)$/gm),
      ([, value]) => value,
    );
    expect(plain.length).toBeGreaterThanOrEqual(4);
    expect(plain.filter((value = '') => !/^sandbox(-secret)?$/.test(value))).toEqual([]);
    const withPasswords = Array.from(COMPOSE.matchAll(/:\/\/\w+:([^@\s]+)@/g), ([, password]) => password);
    expect(withPasswords).toEqual(['sandbox-secret']);
  });

  /** The lines of one service. */
  function service(name: string): string {
    return new RegExp(`^  ${name}:(?: &[\\w-]+)?\\n((?:    .*\\n|\\n|  #.*\\n)+)`, 'm').exec(COMPOSE)?.[1] ?? '';
  }

  /** The lines of a part that services share. */
  function anchor(name: string): string {
    return new RegExp(`^x-${name}: &${name}\\n((?:  .*\\n)+)`, 'm').exec(COMPOSE)?.[1] ?? '';
  }

  test("mounts the settings file without which the server's image does not start, and names it", () => {
    const [, named] = /^ +DYNAMIC_CONFIG_FILE_PATH: (\S+)$/m.exec(service('temporal')) ?? [];
    expect(named).toBeDefined();
    const [, file = '', target] = /^ +- (\.\/\S+?):(\S+?):ro$/m.exec(service('temporal')) ?? [];
    expect(target).toBe(named);
    // No settings, and yet YAML of the kind that the server reads.
    expect(readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').at(-1)).toBe('{}');
  });

  test('says what the next version of the server may ask for, and what can never be changed', () => {
    expect(service('temporal')).toMatch(/^ +TEMPORAL_ALLOW_NO_AUTH: 'true'$/m);
    expect(service('temporal')).toMatch(/^ +NUM_HISTORY_SHARDS: '4'$/m);
    expect(service('temporal')).toMatch(/^ +- '127\.0\.0\.1:7233:7233'$/m);
  });

  const names = Array.from(
    /^services:\n([\s\S]*?)^volumes:/m.exec(COMPOSE)?.[1]?.matchAll(/^ {2}([\w-]+):(?: &[\w-]+)?$/gm) ?? [],
    ([, name = '']) => name,
  );
  const OURS = ['worker', 'sandbox', 'sandbox-worker', 'stores-worker'];

  test('takes every right from every service, and sets it a limit of memory', () => {
    expect(names.length).toBeGreaterThanOrEqual(8);
    expect(anchor('confined')).toMatch(/no-new-privileges:true[\s\S]*cap_drop: \['ALL'\][\s\S]*pids_limit: \d+/);
    expect(anchor('product')).toMatch(/<<: \*confined/);
    expect(anchor('worker')).toMatch(/<<: \*product/);
    expect(
      names.filter((name) => !/^ +<<: \*(confined|product|database|worker|sandbox-worker)$/m.test(service(name))),
    ).toEqual([]);
    const limited = /^ +(?:mem_limit: \d|<<: \*database$)/m;
    expect(names.filter((name) => !OURS.includes(name) && !limited.test(service(name)))).toEqual([]);
    // Databases alone begin as root.
    expect(anchor('database')).toMatch(/<<: \*confined[\s\S]*mem_limit: \d/);
    expect(COMPOSE.match(/cap_add/g)).toHaveLength(1);
  });

  test('lets this product write to its volumes and to /tmp only, as a user without a name', () => {
    expect(anchor('product')).toMatch(/user: '1000:1000'\n +read_only: true[\s\S]*mem_limit: \d+g\n +cpus: \d/);
    expect(OURS.filter((name) => !/<<: \*(product|worker|sandbox-worker)/.test(service(name)))).toEqual([]);
    expect(OURS.filter((name) => !/^ +(?:- [\w-]+:\/tmp|tmpfs: \['\/tmp'\])$/m.test(service(name)))).toEqual([]);
    expect(OURS.filter((name) => /read_only|user:|security_opt|cap_/.test(service(name)))).toEqual([]);
  });

  test('shows what workers measure to the other containers and to nobody outside', () => {
    const measures = /^ +(?:METRICS_ADDRESS: 0\.0\.0\.0:9464|<<: \*of-the-sandbox)$/m;
    expect(OURS.filter((name) => measures.test(service(name)))).toEqual(['worker', 'sandbox-worker', 'stores-worker']);
    expect(anchor('worker')).toMatch(/^ {2}expose: \['9464'\]$/m);
    expect(OURS.filter((name) => service(name).includes('ports:'))).toEqual([]);
  });

  test('mounts only files that exist', () => {
    const mounted = Array.from(COMPOSE.matchAll(/- (\.\/\S+?):\//g), ([, path = '']) => path);
    expect(mounted.length).toBeGreaterThan(0);
    expect(mounted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the image', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');

  test('is built from every folder that holds code of the product', () => {
    const beside = new Set(['test', 'bench', 'examples']);
    const folders = filesOfTree()
      .filter((file) => file.endsWith('.ts') && file.includes('/'))
      .map((file) => file.split('/')[0] ?? '');
    const product = new Set(folders.filter((folder) => !beside.has(folder)));
    expect([...product].filter((folder) => !ignore.includes(`!${folder}`))).toEqual([]);
    expect(ignore[1]).toBe('*');
  });

  test('leaves out settings and databases wherever they lie: the last word on a file counts', () => {
    expect(ignore.slice(ignore.findLastIndex((line) => line.startsWith('!')) + 1)).toEqual(
      expect.arrayContaining(['**/.env', '**/.env.*', '**/temporal.db*']),
    );
  });

  test('makes the layer of its packages from the two package files, and a script that takes some out, alone', () => {
    const stage = /^FROM \S+ AS packages\n([\s\S]*?)^FROM /m.exec(dockerfile)?.[1] ?? '';
    expect(stage.match(/^COPY .*$/gm)).toEqual([
      'COPY package.json package-lock.json ./',
      'COPY deploy/image-packages.mjs ./deploy/',
    ]);
    expect(stage).toMatch(/^RUN npm ci --omit=dev /m);
    expect(dockerfile.match(/^COPY .*node_modules.*$/gm)).toEqual([
      'COPY --from=packages /app/node_modules ./node_modules',
      'COPY --from=packages /sandbox/node_modules ./node_modules',
    ]);
  });

  test('has no bundler, what writes workbooks in the sandbox alone, and all that is loaded', () => {
    const folder = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
      const { packages } = JSON.parse(lock) as { packages: Record<string, { dev?: boolean }> };
      writeFileSync(join(folder, 'package-lock.json'), lock);
      const installed = Object.keys(packages).filter((path) => path !== '' && packages[path]?.dev !== true);
      for (const path of installed) mkdirSync(join(folder, path), { recursive: true });
      const [, command = ''] = /^RUN node (deploy\/image-packages\.mjs) \/sandbox$/m.exec(dockerfile) ?? [];
      execFileSync(process.execPath, [join(ROOT, command), 'sandbox'], { cwd: folder });
      const left = (name: string) => existsSync(join(folder, 'node_modules', name));
      const moved = readdirSync(join(folder, 'sandbox/node_modules'));
      expect(moved).toContain('exceljs');
      expect(['exceljs', 'jszip', '@swc/core', 'terser', 'swc-loader'].filter(left)).toEqual([]);
      expect(readdirSync(join(folder, 'node_modules/webpack'))).toEqual(['index.js', 'package.json']);
      const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
        dependencies: Record<string, string>;
      };
      expect(Object.keys(dependencies).filter((name) => !left(name))).toEqual(['exceljs']);
      expect(loadedByTheWorker().filter((name) => !left(name))).toEqual([]);
      expect(moved.filter((name) => !name.startsWith('@') && left(name))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('keeps the core of Temporal for its own platform only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'image-'));
    try {
      const releases = join(folder, 'node_modules/@temporalio/core-bridge/releases');
      const arch = execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim();
      for (const platform of [`${arch}-unknown-linux-gnu`, 'riscv-unknown-linux-gnu', 'x86_64-pc-windows-msvc']) {
        mkdirSync(join(releases, platform), { recursive: true });
        writeFileSync(join(releases, platform, 'index.node'), '');
      }
      const [, command = ''] = /^RUN (core=[\s\S]*?[^\\])\n/m.exec(dockerfile) ?? [];
      execFileSync('/bin/sh', ['-c', command.replaceAll('\\\n', ' ')], { cwd: folder });
      expect(readdirSync(releases)).toEqual([`${arch}-unknown-linux-gnu`]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('runs as a user without rights, who owns the folder that the volume covers', () => {
    // By number, from which Kubernetes tells that it is not root.
    expect(dockerfile).toMatch(/chown 1000:1000 \/data \/grants[\s\S]*^USER 1000:1000$[\s\S]*^CMD/m);
    expect(dockerfile.match(/^FROM (\S+)/gm)).toEqual([
      ...Array<string>(3).fill('FROM node:22.21.1-bookworm-slim'),
      // The sandbox, and, built where no target is named, the product.
      ...Array<string>(2).fill('FROM product'),
    ]);
  });

  test('asks a worker for its health once a minute where it answers, on loopback', () => {
    expect(dockerfile).toMatch(/^ENV .*HEALTH_ADDRESS=127\.0\.0\.1:9465$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK --interval=60s .* CMD \["node", "deploy\/worker-health\.mjs"\]$/m);
  });

  test('takes its health checks from files that exist', () => {
    const checks = Array.from(`${dockerfile}${COMPOSE}`.matchAll(/deploy\/[\w-]+-health\.mjs/g), ([path]) => path);
    expect(new Set(checks).size).toBe(2);
    expect(checks.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

const cli = await temporalCli();

describe.skipIf(!cli)('the namespace job', () => {
  let server: TestServer;
  beforeAll(async () => {
    if (cli) server = await startTestServer(cli);
  });
  afterAll(() => server.close());

  test.each(['default', 'another'])(
    'makes sure that %s keeps closed workflows for 30 days, twice',
    async (namespace) => {
      if (!cli) return;
      const env = {
        PATH: `${dirname(cli.path)}:${process.env['PATH']}`,
        HOME: server.dir,
        TEMPORAL_ADDRESS: server.address,
        TEMPORAL_NAMESPACE: namespace,
        RETENTION: '720h',
      };
      const job = () => run('/bin/sh', [join(ROOT, 'deploy/temporal-namespace.sh')], { env });
      await job();
      await job();
      const { stdout } = await run(cli.path, ['operator', 'namespace', 'describe', '-n', namespace, '-o', 'json'], {
        env,
      });
      const described = JSON.parse(stdout) as { config: { workflowExecutionRetentionTtl: string } };
      expect(described.config.workflowExecutionRetentionTtl).toBe('2592000s');
    },
  );
});

/** Packages that the SDK's worker loads when it is loaded itself, over its own files. */
function loadedByTheWorker(): string[] {
  const lib = join(ROOT, 'node_modules/@temporalio/worker/lib');
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
  // A call within a function is indented.
  const loads = /^\S.*\brequire\("((?:@[^/"]+\/)?[^./"][^/"]*)/gm;
  const names = files.flatMap((file) => [...readFileSync(join(lib, file), 'utf8').matchAll(loads)]);
  return [...new Set(names.map(([, name = '']) => name))].filter((name) => !isBuiltin(name));
}
