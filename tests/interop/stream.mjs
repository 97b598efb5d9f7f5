// Streams with dxFeed's JavaScript client what the environment names, and prints it as one JSON document.
// API_BASE_URL: base of the REST API; WANTED: {"quotes": [...], "greeks": [...], "candles": [...], "from": ms}.

import { createRequire } from 'node:module'

// Packages are looked for in the working directory, not beside this file.
const require = createRequire(process.cwd() + '/')
const { DXLinkWebSocketClient, DXLinkFeed, FeedContract, FeedDataFormat, DXLinkLogLevel } =
  require('@dxfeed/dxlink-api')

const SNAPSHOT_ENDS = 0x08 | 0x10
const REMOVES = 0x02

const base = process.env.API_BASE_URL
const wanted = JSON.parse(process.env.WANTED)

async function ask(path, init = {}) {
  const headers = { 'user-agent': 'interop/1.0', ...init.headers }
  const response = await fetch(base + path, { ...init, headers })
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`)
  return response.json()
}

const login = await ask('/oauth/token', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    grant_type: 'refresh_token',
    client_secret: process.env.TT_CLIENT_SECRET,
    refresh_token: process.env.TT_REFRESH_TOKEN,
  }),
})
const grant = await ask('/api-quote-tokens', { headers: { authorization: `Bearer ${login.access_token}` } })

const got = { quotes: {}, greeks: {}, candles: {} }
const complete = new Set()

const client = new DXLinkWebSocketClient({ logLevel: DXLinkLogLevel.ERROR })
client.addErrorListener((error) => fail(`the client reports ${error.type}: ${error.message}`))

function fail(message) {
  console.error(message)
  process.exit(1)
}

function take(event) {
  const symbol = event.eventSymbol
  if (event.eventType === 'Quote') {
    got.quotes[symbol] = [event.bidPrice, event.askPrice, event.bidSize, event.askSize]
  } else if (event.eventType === 'Greeks') {
    got.greeks[symbol] = ['price', 'volatility', 'delta', 'gamma', 'theta', 'vega', 'rho'].map((name) => event[name])
  } else if (event.eventType === 'Candle') {
    const bars = (got.candles[symbol] ??= {})
    if (!(event.eventFlags & REMOVES)) bars[event.time] = event.close
    if (event.eventFlags & SNAPSHOT_ENDS) complete.add(symbol)
  }
}

function isComplete() {
  return (
    wanted.quotes.every((symbol) => symbol in got.quotes) &&
    wanted.greeks.every((symbol) => symbol in got.greeks) &&
    wanted.candles.every((symbol) => complete.has(symbol))
  )
}

const feed = new DXLinkFeed(client, FeedContract.AUTO, { logLevel: DXLinkLogLevel.ERROR })
feed.configure({
  acceptAggregationPeriod: 0.1,
  acceptDataFormat: FeedDataFormat.COMPACT,
  acceptEventFields: {
    Quote: ['eventType', 'eventSymbol', 'bidPrice', 'askPrice', 'bidSize', 'askSize'],
    Greeks: ['eventType', 'eventSymbol', 'price', 'volatility', 'delta', 'gamma', 'theta', 'vega', 'rho'],
    Candle: ['eventType', 'eventSymbol', 'eventFlags', 'time', 'close'],
  },
})
feed.addEventListener((events) => {
  events.forEach(take)
  if (isComplete()) {
    client.disconnect()
    process.stdout.write(JSON.stringify(got), () => process.exit(0))
  }
})
feed.addSubscriptions([
  ...wanted.quotes.map((symbol) => ({ type: 'Quote', symbol })),
  ...wanted.greeks.map((symbol) => ({ type: 'Greeks', symbol })),
  ...wanted.candles.map((symbol) => ({ type: 'Candle', symbol, fromTime: wanted.from })),
])
client.connect(grant.data['dxlink-url'])
client.setAuthToken(grant.data.token)
setTimeout(() => {
  const size = (map) => Object.keys(map).length
  fail(`incomplete after 15 s: ${size(got.quotes)} quotes, ${size(got.greeks)} greeks, ${complete.size} histories`)
}, 15_000)
