// @slack/oauth against the stand-in: an installation served here, in a browser
// that the test drives, then the token refreshed.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { InstallProvider } from '@slack/oauth'
import { WebClient } from '@slack/web-api'

const { SLACK_API, SLACK_URL, SLACK_CLIENT_ID, SLACK_CLIENT_SECRET } = process.env
const clientOptions = { slackApiUrl: SLACK_API }
const installer = new InstallProvider({
  clientId: SLACK_CLIENT_ID, clientSecret: SLACK_CLIENT_SECRET, stateSecret: 'state', clientOptions,
  authorizationUrl: `${SLACK_URL}/oauth/v2/authorize`, directInstall: true,
})
const scopes = ['commands', 'chat:write']
const server = createServer(async (req, res) => {
  if (req.url === '/slack/install') return installer.handleInstallPath(req, res, {}, { scopes })
  await installer.handleCallback(req, res, {
    success: async (installation, _options, _req, res) => {
      try {
        assert.deepEqual(installation.bot.scopes, scopes)
        assert.ok(installation.bot.refreshToken && installation.bot.expiresAt)
        const web = new WebClient(undefined, clientOptions)
        const refresh = { client_id: SLACK_CLIENT_ID, client_secret: SLACK_CLIENT_SECRET, grant_type: 'refresh_token', refresh_token: installation.bot.refreshToken }
        const fresh = await web.oauth.v2.access(refresh)
        assert.ok(fresh.access_token.startsWith('xoxe.xoxb-') && fresh.refresh_token !== refresh.refresh_token)
        await assert.rejects(web.oauth.v2.access(refresh), (e) => e.data.error === 'invalid_refresh_token')
        assert.equal((await new WebClient(fresh.access_token, clientOptions).auth.test()).team_id, installation.team.id)
        res.end('ok')
      } catch (e) {
        res.end(String(e.stack))
      }
    },
    failure: async (error, _options, _req, res) => res.end(`failed: ${error.code}`),
  })
})
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ address: `http://127.0.0.1:${server.address().port}` })))
process.stdin.on('end', () => { server.closeAllConnections(); server.close(() => process.exit(0)) })
process.stdin.resume()
