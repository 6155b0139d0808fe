// An SMS centre on loopback, made of npm smpp: it binds, takes parts, reports, and misbehaves as it is told.
// Standard output: one JSON line for each thing that happened. Standard input: one JSON line for each new behaviour.
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const told = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
// status: the answers to the next submits, in order (then ESME_ROK). silent: so many submits are taken and not answered.
// id: what stands before the number that a submit gets. done: the date of a report.
// drop: the line is cut after so many more submits, before their answer. report: DELIVRD, UNDELIV, none. late_ms: of it.
let behave = { status: [], silent: 0, drop: 0, report: 'DELIVRD', late_ms: 0, bind: 0 };
let number = 0;
const sessions = new Set();

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const wish = JSON.parse(line);
  if (wish.cut) for (const session of sessions) session.socket.destroy();
  if (wish.raw) for (const session of sessions) session.socket.write(Buffer.from(wish.raw, 'hex'));
  behave = { ...behave, ...wish };
  told({ behaves: true });
});

function report(session, pdu, id) {
  if (behave.report === 'none' || !pdu.registered_delivery) return;
  const stat = behave.report;
  const err = stat === 'DELIVRD' ? '000' : behave.err || '001';
  setTimeout(() => session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:${behave.done || '2611221200'} stat:${stat} err:${err} text:`,
  }), behave.late_ms);
}

const server = smpp.createServer((session) => {
  sessions.add(session);
  session.on('close', () => sessions.delete(session));
  session.on('error', () => sessions.delete(session));
  session.on('bind_transceiver', (pdu) => {
    told({ bound: pdu.system_id, version: pdu.interface_version });
    const wrong = pdu.password !== 'secret' ? smpp.ESME_RINVPASWD : behave.bind;
    session.send(pdu.response({ command_status: wrong, system_id: 'smsc' }));
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
  session.on('submit_sm', (pdu) => {
    if (behave.drop > 0) { behave.drop -= 1; told({ dropped: true }); session.socket.destroy(); return; }
    const status = behave.status.shift() || 0;
    const id = status ? '' : `${behave.id || 'm'}${++number}`;
    const message = pdu.short_message || {};
    told({
      submit: id, status, from: pdu.source_addr, from_ton: pdu.source_addr_ton, to: pdu.destination_addr,
      to_ton: pdu.dest_addr_ton, text: message.message ? message.message.toString() : '',
      udh: message.udh ? message.udh.map((one) => Buffer.from(one).toString('hex')) : [],
      coding: pdu.data_coding, esm: pdu.esm_class, priority: pdu.priority_flag, validity_s: pdu.validity_period ? Math.round((pdu.validity_period - Date.now()) / 1000) : null,
      reference: pdu.user_message_reference, registered: pdu.registered_delivery,
    });
    if (behave.silent > 0) { behave.silent -= 1; return; }
    if (behave.early && !status) report(session, pdu, id);
    const answer = () => session.send(pdu.response({ command_status: status, message_id: id }));
    setTimeout(() => { answer(); if (!status && !behave.early) report(session, pdu, id); }, behave.early ? 50 : 0);
  });
});
server.listen(Number(process.argv[2] || 0), '127.0.0.1', function listening() { told({ port: this.address().port }); });
