// @slack/web-api against the stand-in.
import assert from 'node:assert/strict'
import { WebClient } from '@slack/web-api'

const { SLACK_API, SLACK_TOKEN, SLACK_USER } = process.env
const options = { slackApiUrl: SLACK_API, retryConfig: { retries: 2, minTimeout: 1, maxTimeout: 5 } }
const web = new WebClient(SLACK_TOKEN, options)

const refused = (call, error) => assert.rejects(call, (e) => {
  assert.equal(e.data?.error, error)
  return true
})

const me = await web.auth.test()
assert.ok(me.ok && me.user_id && me.bot_id && me.team_id)
assert.ok(me.response_metadata.scopes.includes('chat:write'))

const { user } = await web.users.info({ user: SLACK_USER, include_locale: true })
assert.equal(user.tz, 'Europe/Amsterdam')
assert.equal(user.locale, 'en-GB')
await refused(web.users.info({ user: 'UNOBODY' }), 'user_not_found')

const { channel } = await web.conversations.open({ users: SLACK_USER })
await refused(web.conversations.open({ users: 'UNOBODY' }), 'user_not_found')

const section = (text) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const metadata = { event_type: 'probe', event_payload: { key: 'k1' } }
const sent = await web.chat.postMessage({ channel: channel.id, text: 'hello', blocks: [section('*hello*')], metadata })
assert.ok(sent.ts)
const read = async (more) => (await web.conversations.history({ channel: channel.id, ...more })).messages
assert.deepEqual((await read({ include_all_metadata: true }))[0].metadata, metadata)
assert.equal((await read({}))[0].metadata, undefined)
await web.chat.update({ channel: channel.id, ts: sent.ts, text: 'changed' })
const changed = (await read({ include_all_metadata: true }))[0]
assert.equal(changed.text, 'changed')
assert.equal(changed.blocks, undefined)
assert.deepEqual(changed.metadata, metadata)
for (let i = 0; i < 5; i++) await web.chat.postMessage({ channel: channel.id, text: `m${i}` })
const pages = []
for await (const page of web.paginate('conversations.history', { channel: channel.id, limit: 2 })) pages.push(page.messages.length)
assert.deepEqual(pages, [2, 2, 2])

const post = (more) => web.chat.postMessage({ channel: channel.id, text: 'x', ...more })
await refused(post({ channel: 'C404' }), 'channel_not_found')
await refused(post({ text: '' }), 'no_text')
await refused(post({ blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }), 'invalid_blocks')
await refused(post({ blocks: [section('x'.repeat(3001))] }), 'invalid_blocks')
await refused(post({ blocks: [{ type: 'hologram' }] }), 'invalid_blocks')
await refused(post({ blocks: [{ ...section('a'), block_id: 'b' }, { ...section('c'), block_id: 'b' }] }), 'invalid_blocks')
await refused(post({ blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }] }), 'invalid_blocks')
await refused(post({ username: 'somebody' }), 'missing_scope')
await refused(web.chat.update({ channel: channel.id, ts: '1.1', text: 'x' }), 'message_not_found')
await refused(web.chat.update({ channel: channel.id, ts: sent.ts, text: 'x'.repeat(4001) }), 'msg_too_long')
await refused(new WebClient('xoxb-wrong', options).auth.test(), 'invalid_auth')
await refused(new WebClient(undefined, options).auth.test(), 'not_authed')

const view = (text) => ({ type: 'home', blocks: [section(text)] })
const home = await web.views.publish({ user_id: SLACK_USER, view: view('one') })
await web.views.publish({ user_id: SLACK_USER, view: view('two'), hash: home.view.hash })
await refused(web.views.publish({ user_id: SLACK_USER, view: view('three'), hash: home.view.hash }), 'hash_conflict')
await refused(web.views.open({ trigger_id: 'x', view: { type: 'modal', title: { type: 'plain_text', text: 't' }, blocks: [section('x')] } }), 'invalid_trigger_id')

// The next call is answered 429 once, and the one after it 500: the client waits and repeats.
let slowed = 0
web.on('rate_limited', (seconds) => { slowed = seconds })
await web.api.test({ breaks: 'limit' })
assert.equal(slowed, 1)
await web.api.test({ breaks: 'server' })

console.log('ok')
