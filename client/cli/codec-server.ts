/** `codec-server`: opens sealed histories for the UI and the command line of Temporal. */
import type { Command } from 'commander';
import { settingOrFile } from '../../temporal/setting-or-file.ts';
import { DEFAULT_UI_PORT } from '../embedded/ports.ts';
import { CliError, EXIT } from './failures.ts';
import { parseOrigin, parseWholeNumber } from './options.ts';
import { createOutput } from './output.ts';
import { untilSignal } from './signals.ts';

const DEFAULT_PORT = 8234;
const LEAST_TOKEN = 16;

interface CodecServerCommand {
  host: string;
  port: number;
  uiOrigin: string;
}

export function addCodecServerCommand(program: Command): void {
  program
    .command('codec-server')
    .description(
      "open sealed histories (TEMPORAL_PAYLOAD_KEYS) for Temporal's UI and command line, to whoever has TEMPORAL_CODEC_TOKEN",
    )
    .option('--port <port>', 'port', parseWholeNumber, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on; another one than this machine takes TLS before it', '127.0.0.1')
    .option(
      '--ui-origin <origin>',
      'where the UI is opened: the only pages that may ask',
      parseOrigin,
      `http://127.0.0.1:${DEFAULT_UI_PORT}`,
    )
    .addHelpText(
      'after',
      '\nExample:\n  TEMPORAL_PAYLOAD_KEYS_FILE=keys.txt TEMPORAL_CODEC_TOKEN_FILE=token.txt feishu-vc codec-server' +
        '\n  temporal workflow show -w ID --codec-endpoint http://127.0.0.1:8234 --codec-auth "Bearer $(cat token.txt)"',
    )
    .action(runCodecServer);
}

async function runCodecServer({ host, port, uiOrigin }: CodecServerCommand): Promise<void> {
  const { say } = createOutput();
  const { readPayloadKeys } = await import('../connect.ts');
  const { startCodecServer } = await import('../codec-server.ts');
  const { SealingCodec } = await import('../../temporal/payload-codec.ts');
  const keys = readPayloadKeys(process.env);
  if (keys.length === 0) throw missing('TEMPORAL_PAYLOAD_KEYS', 'the keys of the workers');
  const signal = untilSignal();
  try {
    const server = await startCodecServer({ host, port, uiOrigin, token: codecToken(), codec: new SealingCodec(keys) });
    say(`A codec server with the keys ${keys.map(({ id }) => id).join(', ')}, for the UI at ${uiOrigin}`);
    say(`  endpoint  http://${host.includes(':') ? `[${host}]` : host}:${server.port}`);
    say('Temporal\'s command line: --codec-endpoint ENDPOINT --codec-auth "Bearer TOKEN"');
    say('The UI, under its codec icon (the glasses): ENDPOINT/TOKEN');
    await signal.received;
    await server.close();
    say('Stopped.');
  } finally {
    signal.stop();
  }
}

function codecToken(): string {
  const { text = '', problems } = settingOrFile(process.env, 'TEMPORAL_CODEC_TOKEN');
  const [problem] = problems;
  if (problem !== undefined) throw wrong('TEMPORAL_CODEC_TOKEN is wrong.', problem);
  if (text === '') throw missing('TEMPORAL_CODEC_TOKEN', 'the token that whoever asks has to send');
  if (/^[\w.~-]+$/.test(text) && text.length >= LEAST_TOKEN) return text;
  throw wrong('TEMPORAL_CODEC_TOKEN is wrong.', `It takes ${LEAST_TOKEN} or more letters, digits, . _ ~ -.`);
}

function missing(setting: string, what: string): CliError {
  return wrong(
    `${setting} is missing.`,
    `It takes ${what}.`,
    `Set ${setting}, or ${setting}_FILE to the path of a file`,
  );
}

function wrong(what: string, why: string, next = 'Correct it: openssl rand -hex 32 makes one'): CliError {
  return new CliError({ what, why, next }, { exitCode: EXIT.usage });
}
