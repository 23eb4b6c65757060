// The peer: a webhook sender as teams build it on a job queue. Puts EVENTS jobs into BullMQ, and a worker in the same
// process signs each and POSTs it on kept-alive connections. It has no intake over HTTP, no subscriptions and no
// history. usage: node peer.mjs REDIS-SOCKET RECEIVER-PORT EVENTS
// Prints one line of JSON when the last job is completed: the seconds since the first was put in.
import {createHmac} from 'node:crypto';
import {Queue, Worker} from 'bullmq';
import {Redis} from 'ioredis';
import {Pool} from 'undici';

const [socket, port, events] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const together = 50; // BullMQ did best with as many
const connect = () => new Redis(socket, {maxRetriesPerRequest: null});
const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
const pool = new Pool(`http://127.0.0.1:${port}`, {connections: together, pipelining: 1});
const queue = new Queue('webhooks', {connection: connect()});

async function send(job) {
  const body = JSON.stringify({id: job.id, type: job.data.type, timestamp: new Date().toISOString(), data: job.data.data});
  const time = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${job.id}.${time}.${body}`).digest('base64');
  const answer = await pool.request({
    path: '/hook', method: 'POST', body,
    headers: {'content-type': 'application/json', 'webhook-id': job.id, 'webhook-timestamp': String(time),
              'webhook-signature': `v1,${signature}`},
  });
  await answer.body.dump();
  if (answer.statusCode >= 300) throw new Error(`status ${answer.statusCode}`);
}

const worker = new Worker('webhooks', send, {connection: connect(), concurrency: together});
await worker.waitUntilReady();
const text = 'x'.repeat(1024 - '{"type":"invoice.paid","data":{"text":""}}'.length);
const options = {attempts: 5, removeOnComplete: true};
let completed = 0;
const all = new Promise((resolve) => worker.on('completed', () => ++completed === events && resolve()));

const begun = process.hrtime.bigint();
let put = 0;
async function putSome() {
  while (put++ < events) await queue.add('event', {type: 'invoice.paid', data: {text}}, options);
}
await Promise.all(Array.from({length: together}, putSome));
await all;
console.log(JSON.stringify({seconds: Number(process.hrtime.bigint() - begun) / 1e9}));
await Promise.all([worker.close(), queue.close(), pool.close()]);
process.exit(0); // connections that were handed in stay open
