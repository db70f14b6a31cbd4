// @slack/socket-mode against the stand-in: prints what arrives, one JSON a line,
// acknowledges it, and ends when its input does.
import { LogLevel, SocketModeClient } from '@slack/socket-mode'

const client = new SocketModeClient({
  appToken: process.env.SLACK_APP_TOKEN, logLevel: LogLevel.ERROR, clientPingTimeout: 200, clientOptions: { slackApiUrl: process.env.SLACK_API },
})
const say = (what, more = {}) => console.log(JSON.stringify({ what, ...more }))

client.on('connected', () => say('connected'))
client.on('slash_commands', async ({ body, ack }) => {
  await ack({ text: `heard ${body.text}` })
  say('command', { text: body.text })
})
client.on('interactive', async ({ body, ack }) => {
  await ack()
  say('interactive', { text: body.actions[0].value })
})
client.on('message', async ({ event, retry_num, ack }) => {
  await ack()
  say('message', { text: event.text, retry: retry_num })
})
process.stdin.on('end', async () => {
  await client.disconnect()
  process.exit(0)
})
process.stdin.resume()
await client.start()
