// A visit by Node.js (README.md).
'use strict';
const fs = require('fs');
const tls = require('tls');

const told = Object.fromEntries(process.argv.slice(2).map((word) => {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}));
const NO_EXTENDED_MASTER_SECRET = 1; // SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3
const options = {
  host: told.host,
  port: Number(told.port),
  servername: told.name,
  ca: fs.readFileSync(told.ca),
  minVersion: `TLSv${told.version}`,
  maxVersion: `TLSv${told.version}`,
};
if (told.suite) options.ciphers = told.suite;
if (told.scheme) options.sigalgs = told.scheme;
if (told.groups) options.ecdhCurve = told.groups;
if (told.ems) options.secureOptions = NO_EXTENDED_MASTER_SECRET;
if (told.certificate) {
  options.cert = fs.readFileSync(told.certificate);
  options.key = fs.readFileSync(told.key);
}
const request = `GET ${told.path} HTTP/1.1\r\nHost: ${told.name}\r\nAccept: application/json\r\nConnection: close\r\n\r\n`;

function fail(error) {
  console.error(error.message);
  process.exit(1);
}

function visit(left, session) {
  const parts = [];
  let next, line;
  const socket = tls.connect({ ...options, session }, () => {
    const group = socket.getEphemeralKeyInfo().name;
    const version = socket.getProtocol().replace('TLSv', '');
    line = `visit version=${version} suite=${socket.getCipher().name} resumed=${socket.isSessionReused() ? 1 : 0}`;
    if (group) line += ` group=${{ prime256v1: 'P-256', secp384r1: 'P-384' }[group] || group}`;
    socket.write(request);
  });
  socket.setTimeout(20000, () => fail(new Error('the edge takes too long')));
  socket.on('session', (given) => { next = given; });
  socket.on('data', (part) => parts.push(part));
  socket.on('error', fail);
  socket.on('end', () => {
    const answer = Buffer.concat(parts);
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
    console.log(`${line} page=${body.toString('base64')}`);
    socket.destroy();
    if (left > 1) visit(left - 1, next);
  });
}

visit(Number(told.connections), undefined);
