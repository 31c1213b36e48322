// Starts a Node.js Lambda handler and calls it for each invocation of the Runtime API.
//
// Usage: node bootstrap.mjs (the handler's name is in _HANDLER, its code in LAMBDA_TASK_ROOT). Needs
// Node.js 18 and no package. One invocation at a time; error documents, log lines and the context
// object have the form that AWS's own client gives them.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import util from 'node:util';

const API = '/2018-06-01/runtime';
const env = process.env;
const jsonLogs = (env.AWS_LAMBDA_LOG_FORMAT ?? '').toUpperCase() === 'JSON';
let currentRequestId;
let reportFatal; // (error document) => promise: tells the platform about the running invocation
let dying = false; // after an uncaught error, whatever the handler still does is of no interest

// ---- The Runtime API: one keep-alive connection. node:http would cost more than all else that is
// done here for an invocation, and the answers always carry Content-Length.

class RuntimeApi {
  #socket;
  #address;
  #received = Buffer.alloc(0);
  #waiting = [];
  #closed = false;

  constructor(address) {
    this.#address = address;
    const [host, port] = address.split(':');
    this.#socket = net.connect({ host, port: Number(port ?? 80), noDelay: true });
    this.#socket.on('data', (data) => this.#receive(data));
    const close = () => {
      this.#closed = true;
      for (const waiting of this.#waiting.splice(0)) {
        waiting.reject(new Error('the Runtime API closed the connection'));
      }
    };
    this.#socket.on('error', close);
    this.#socket.on('close', close);
  }

  // While a handler runs, the connection must not keep the event loop from becoming empty.
  hold(keep) {
    keep ? this.#socket.ref() : this.#socket.unref();
  }

  #request(method, requestPath, body, headers = {}) {
    let head = `${method} ${requestPath} HTTP/1.1\r\nHost: ${this.#address}\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
    if (body === undefined) return Buffer.from(head + '\r\n', 'latin1');
    head += `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head, 'latin1'), body]);
  }

  #receive(data) {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const lines = this.#received.toString('latin1', 0, end).split('\r\n');
      const headers = {};
      for (const line of lines.slice(1)) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const length = Number(headers['content-length'] ?? 0);
      if (this.#received.length < end + 4 + length) return;
      const body = this.#received.subarray(end + 4, end + 4 + length);
      this.#received = this.#received.subarray(end + 4 + length);
      this.#waiting.shift()?.resolve({ status: Number(lines[0].split(' ')[1]), headers, body });
    }
  }

  #answer() {
    if (this.#closed) return Promise.reject(new Error('the Runtime API closed the connection'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  next() {
    this.#socket.write(this.#request('GET', `${API}/invocation/next`));
    return this.#answer();
  }

  // Posts an outcome and asks for the next invocation in one packet.
  finishAndNext(requestId, kind, body, headers) {
    this.#socket.write(
      Buffer.concat([
        this.#request('POST', `${API}/invocation/${requestId}/${kind}`, body, headers),
        this.#request('GET', `${API}/invocation/next`),
      ]),
    );
    const posted = this.#answer();
    posted.catch(() => {}); // the answer to the second request says the same
    return this.#answer();
  }

  postError(requestPath, document) {
    this.hold(true);
    const body = Buffer.from(JSON.stringify(document));
    const headers = { 'Lambda-Runtime-Function-Error-Type': headerText(document.errorType) };
    this.#socket.write(this.#request('POST', API + requestPath, body, headers));
    return this.#answer();
  }
}

const headerText = (text) => String(text).replace(/[^\x20-\x7e]/g, '?');

// ---- Output

function writeLine(text) {
  // One event is one line: the platform turns carriage returns back into line feeds.
  process.stdout.write(text.replace(/\n/g, '\r') + '\n');
}

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowestLevel = jsonLogs
  ? Math.max(0, LEVELS.indexOf((env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE').toUpperCase()))
  : 0;

function logLine(level, args) {
  if (LEVELS.indexOf(level) < lowestLevel) return;
  const timestamp = new Date().toISOString();
  if (!jsonLogs) {
    writeLine(`${timestamp}\t${currentRequestId}\t${level}\t${util.format(...args)}`);
    return;
  }
  const line = { timestamp, level, requestId: currentRequestId };
  if (args.length === 1 && args[0] instanceof Error) {
    Object.assign(line, { message: args[0].message }, errorDocument(args[0], 'stackTrace'));
  } else {
    line.message = args.length === 1 ? args[0] : util.format(...args);
  }
  let text;
  try {
    text = JSON.stringify(line);
  } catch {
    text = JSON.stringify({ ...line, message: util.format(...args) });
  }
  writeLine(text);
}

function patchConsole() {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR' };
  for (const [name, level] of Object.entries({ ...levels, trace: 'TRACE', fatal: 'FATAL' })) {
    console[name] = (...args) => logLine(level, args);
  }
}

function errorDocument(error, stackName = 'trace') {
  if (util.types.isNativeError(error) || error instanceof Error) {
    const document = { errorType: error.name, errorMessage: error.message };
    document[stackName] = (error.stack ?? '').split('\n');
    return document;
  }
  return { errorType: typeof error, errorMessage: String(error), [stackName]: [] };
}

function logError(what, error) {
  const details = { ...errorDocument(error, 'stack') };
  if (error instanceof Error) {
    for (const name of Object.keys(error)) details[name] ??= error[name];
  }
  let text;
  try {
    text = JSON.stringify(details);
  } catch {
    text = JSON.stringify(errorDocument(error, 'stack'));
  }
  logLine('ERROR', [`${what} \t${text}`]);
}

// ---- Finding the handler

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
    this.stack = `${name}: ${this.stack.slice(this.stack.indexOf(': ') + 2)}`;
  }
}

function isModulePackage(directory) {
  for (;;) {
    const file = path.join(directory, 'package.json');
    if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
    const parent = path.dirname(directory);
    if (parent === directory || path.basename(directory) === 'node_modules') return false;
    directory = parent;
  }
}

async function loadFile(file, require) {
  if (file.endsWith('.mjs') || (!file.endsWith('.cjs') && isModulePackage(path.dirname(file)))) {
    return import(pathToFileURL(file).href);
  }
  return require(file);
}

async function loadModule(taskRoot, directory, name) {
  const require = createRequire(path.join(taskRoot, 'bootstrap.js'));
  const base = path.resolve(taskRoot, directory, name);
  for (const extension of ['', '.js', '.mjs', '.cjs']) {
    const file = base + extension;
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return loadFile(file, require);
  }
  return require(require.resolve('./' + path.join(directory, name)));
}

async function loadHandler(taskRoot, fullName) {
  if (fullName.includes('..')) {
    throw new RuntimeError(
      'Runtime.MalformedHandlerName',
      `'${fullName}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(fullName);
  const directory = fullName.slice(0, fullName.length - base.length);
  const dot = base.indexOf('.');
  if (dot <= 0) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const moduleName = base.slice(0, dot);
  let loaded;
  try {
    loaded = await loadModule(taskRoot, directory, moduleName);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeError('Runtime.UserCodeSyntaxError', String(error));
    }
    if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code)) {
      throw new RuntimeError('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
  const exportPath = base.slice(dot + 1).split('.');
  const find = (from) => exportPath.reduce((value, key) => value?.[key], from);
  const handler = find(loaded) ?? find(loaded?.default);
  if (handler === undefined || handler === null) {
    throw new RuntimeError('Runtime.HandlerNotFound', `${fullName} is undefined or not exported`);
  }
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${fullName} is not a function`);
  }
  return handler;
}

// ---- Response streaming, collected: the platform's answers are not streamed.

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

class CollectedStream extends Writable {
  chunks = [];
  _write(chunk, encoding, callback) {
    this.chunks.push(Buffer.from(chunk, encoding === 'buffer' ? undefined : encoding));
    callback();
  }
  setContentType() {}
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = 'response';
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.write(JSON.stringify(prelude));
      stream.write(Buffer.alloc(8));
      return stream;
    },
  },
};

async function callStreaming(handler, event, context) {
  const stream = new CollectedStream();
  const finished = new Promise((resolve, reject) => {
    stream.on('finish', resolve);
    stream.on('error', reject);
  });
  await Promise.all([handler(event, stream, context), finished]);
  return Buffer.concat(stream.chunks);
}

// ---- Calling the handler

function makeContext(headers) {
  const parse = (text) => (text ? JSON.parse(text) : undefined);
  // The server's clock may have been moved by a test, so the time left is counted from here.
  const left =
    headers['millrace-remaining-ms'] ?? Number(headers['lambda-runtime-deadline-ms']) - Date.now();
  const deadline = performance.now() + Number(left);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(headers['lambda-runtime-client-context']),
    identity: parse(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
}

// Settles with what the handler answers, in whichever of its styles: a promise, the callback, the
// old context.done/succeed/fail, or nothing until the event loop is empty.
function callHandler(handler, event, context) {
  return new Promise((resolve, reject) => {
    let whenEmpty = () => resolve(null);
    const onEmpty = () => whenEmpty();
    process.once('beforeExit', onEmpty);
    const settle = (finish, value) => {
      process.removeListener('beforeExit', onEmpty);
      finish(value);
    };
    const callback = (error, result) => {
      if (error !== undefined && error !== null) {
        settle(reject, error);
      } else if (context.callbackWaitsForEmptyEventLoop) {
        whenEmpty = () => resolve(result);
      } else {
        settle(resolve, result);
      }
    };
    context.done = (error, result) => {
      context.callbackWaitsForEmptyEventLoop = false;
      callback(error, result);
    };
    context.succeed = (result) => context.done(null, result);
    context.fail = (error) => context.done(error ?? 'handled');
    try {
      const result = handler(event, context, callback);
      if (typeof result?.then === 'function') {
        result.then((value) => settle(resolve, value), (error) => settle(reject, error));
      }
    } catch (error) {
      settle(reject, error);
    }
  });
}

async function outcome(handler, { headers, body }) {
  try {
    const event = JSON.parse(body.toString('utf8'));
    const context = makeContext(headers);
    if (handler[STREAMING]) return ['response', await callStreaming(handler, event, context)];
    const result = await callHandler(handler, event, context);
    let text;
    try {
      text = JSON.stringify(result === undefined ? null : result) ?? 'null';
    } catch {
      throw new Error('Unable to stringify response body');
    }
    return ['response', Buffer.from(text)];
  } catch (error) {
    logError('Invoke Error', error);
    const document = errorDocument(error);
    const errorType = { 'Lambda-Runtime-Function-Error-Type': headerText(document.errorType) };
    return ['error', Buffer.from(JSON.stringify(document)), errorType];
  }
}

async function serve(api, handler) {
  let invocation = await api.next();
  while (invocation.status === 200) {
    const requestId = invocation.headers['lambda-runtime-aws-request-id'];
    currentRequestId = requestId;
    const traceId = invocation.headers['lambda-runtime-trace-id'];
    if (traceId === undefined) delete env._X_AMZN_TRACE_ID;
    else env._X_AMZN_TRACE_ID = traceId;
    reportFatal = (document) => api.postError(`/invocation/${requestId}/error`, document);
    api.hold(false);
    const [kind, body, headers] = await outcome(handler, invocation);
    if (dying) return;
    api.hold(true);
    invocation = await api.finishAndNext(requestId, kind, body, headers);
  }
  process.exit(1);
}

// ---- Errors outside of any promise or callback end the process, as on AWS.

async function die(what, error, document, exitCode) {
  dying = true;
  logError(what, error);
  try {
    await reportFatal(document);
  } catch {
    // The platform is gone, or knows already.
  }
  process.exit(exitCode);
}

function watchFatalErrors() {
  process.on('uncaughtException', (error) => {
    die('Uncaught Exception', error, errorDocument(error), 129);
  });
  process.on('unhandledRejection', (reason, promise) => {
    const error = new RuntimeError(
      'Runtime.UnhandledPromiseRejection',
      reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason),
    );
    Object.assign(error, { reason, promise });
    die('Unhandled Promise Rejection', error, errorDocument(error), 128);
  });
}

async function main() {
  patchConsole();
  const taskRoot = env.LAMBDA_TASK_ROOT ?? process.cwd();
  const api = new RuntimeApi(env.AWS_LAMBDA_RUNTIME_API);
  reportFatal = (document) => api.postError('/init/error', document);
  watchFatalErrors();
  let handler;
  try {
    handler = await loadHandler(taskRoot, env._HANDLER ?? '');
  } catch (error) {
    await die('Uncaught Exception', error, errorDocument(error), 129);
  }
  await serve(api, handler);
}

main().catch(() => process.exit(129));
