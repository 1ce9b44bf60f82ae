/**
 * Loaded into a worker by `node --import`: cuts that process off from one port, and from nothing else, for as long as a
 * file exists. Processes on one machine share their network, so the cut is made where a socket connects. With `drop` in the
 * file nothing is refused or broken: what is sent vanishes, and nothing comes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';

const { CUT_OFF_PORT, CUT_OFF_FILE } = process.env;
const open = new Set();
const dropped = new Set();
const connect = Socket.prototype.connect;

Socket.prototype.connect = function (...args) {
  const [first] = args;
  const options = Array.isArray(first) ? first[0] : first;
  const port = typeof options === 'object' && options !== null ? options.port : options;
  if (String(port) !== CUT_OFF_PORT) return connect.apply(this, args);
  if (existsSync(CUT_OFF_FILE)) {
    if (drops()) return this;
    const refused = Object.assign(new Error(`connect ECONNREFUSED 127.0.0.1:${port}`), { code: 'ECONNREFUSED' });
    process.nextTick(() => this.destroy(refused));
    return this;
  }
  open.add(this);
  this.once('close', () => {
    open.delete(this);
    dropped.delete(this);
  });
  return connect.apply(this, args);
};

setInterval(() => {
  if (open.size === 0) return;
  if (!existsSync(CUT_OFF_FILE)) for (const socket of dropped) socket.destroy();
  else if (drops()) for (const socket of open) drop(socket);
  else for (const socket of open) socket.destroy();
}, 50).unref();

function drops() {
  return readFileSync(CUT_OFF_FILE, 'utf8') === 'drop';
}

function drop(socket) {
  if (dropped.has(socket)) return;
  dropped.add(socket);
  // Node's own names for what a stream does below its surface.
  /* oxlint-disable no-underscore-dangle */
  socket._handle?.readStop();
  socket._read = () => undefined;
  socket._write = (_chunk, _encoding, written) => written();
  socket._writev = (_chunks, written) => written();
  /* oxlint-enable no-underscore-dangle */
}
